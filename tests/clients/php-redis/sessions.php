#!/usr/bin/php
<?php
// PHP's sessions in the server, by php-redis's session handler: visitors who log in, come back and log out, on PHP's own web server with
// four processes; requests of one visitor at the same time, with sessions locked. usage: sessions.php PORT [TIMES]
declare(strict_types=1);

const PATIENCE = 30; // seconds until something that must come is missed
const PREFIX = 'visitor:';
const LIFETIME = 600;
const SIGTERM_NUMBER = 15; // PHP's own name for it is in an extension

$port = (int) $argv[1];
$times = (int) ($argv[2] ?? 1);
$redis = new Redis();
$redis->connect('127.0.0.1', $port, PATIENCE);
$redis->flushAll();
$redis->select(2);

function check(string $what, mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        fwrite(STDERR, "$what: " . var_export($got, true) . ', not ' . var_export($wanted, true) . "\n");
        exit(1);
    }
}

/** Serves page.php on a free port until it is ended; gives [process, port]. */
function serve(int $redisPort): array
{
    $probe = stream_socket_server('tcp://127.0.0.1:0');
    $port = (int) substr(strrchr(stream_socket_get_name($probe, false), ':'), 1);
    fclose($probe);
    $settings = [
        'session.save_handler' => 'redis',
        'session.save_path' => "tcp://127.0.0.1:$redisPort?database=2&prefix=" . PREFIX,
        'session.gc_maxlifetime' => LIFETIME,
        'redis.session.locking_enabled' => 1,
        'redis.session.lock_wait_time' => 2000, // microseconds between tries
        'redis.session.lock_retries' => 5000,
        'display_errors' => 'stderr',
    ];
    $words = [PHP_BINARY];
    foreach ($settings as $name => $value) {
        array_push($words, '-d', "$name=\"$value\"");
    }
    array_push($words, '-S', "127.0.0.1:$port", __DIR__ . '/page.php');
    $quiet = ['file', '/dev/null', 'w'];
    $process = proc_open($words, [0 => ['file', '/dev/null', 'r'], 1 => $quiet, 2 => $quiet], $pipes, null, ['PHP_CLI_SERVER_WORKERS' => '4']);
    for ($deadline = microtime(true) + PATIENCE; !($socket = @stream_socket_client("tcp://127.0.0.1:$port")); usleep(10_000)) {
        check('the web server answers', microtime(true) < $deadline, true);
    }
    fclose($socket);
    return [$process, $port];
}

/** Sends requests at the same time, each with the cookie; gives their bodies, decoded. */
function ask(int $port, string $cookie, string ...$paths): array
{
    $sockets = [];
    foreach ($paths as $path) {
        $sockets[] = $socket = stream_socket_client("tcp://127.0.0.1:$port", timeout: PATIENCE);
        stream_set_timeout($socket, PATIENCE);
        fwrite($socket, "GET $path HTTP/1.0\r\nHost: localhost\r\nCookie: PHPSESSID=$cookie\r\n\r\n");
    }
    $answers = [];
    foreach ($sockets as $socket) {
        [$head, $body] = explode("\r\n\r\n", stream_get_contents($socket), 2) + [1 => ''];
        check($head, str_contains($head, ' 200 OK'), true);
        $answers[] = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    }
    return $answers;
}

[$server, $web] = serve($port);
register_shutdown_function(function () use ($server): void {
    $parent = proc_get_status($server)['pid'];
    $children = preg_split('/ /', (string) @file_get_contents("/proc/$parent/task/$parent/children"), flags: PREG_SPLIT_NO_EMPTY);
    foreach ([...$children, $parent] as $process) {
        posix_kill((int) $process, SIGTERM_NUMBER); // a web server leaves its processes behind
    }
});

// A visitor logs in. What he was before is gone, with its key.
[$stranger] = ask($web, '', '/');
check('a stranger', $stranger['session'], []);
[$login] = ask($web, $stranger['id'], '/login?user=alice');
$id = $login['id'];
check('a new session', $id !== $stranger['id'], true);
check('the old key', $redis->exists(PREFIX . $stranger['id']), 0);
[$known] = ask($web, $id, '/');
check('what is known of him', $known['session'], ['user' => 'alice', 'visits' => 0, 'cart' => ['apples' => 3, 'näme' => [1.5, true, null, "a\0b"]]]);
$ttl = $redis->ttl(PREFIX . $id);
check("the key's deadline, $ttl", $ttl > LIFETIME - 60 && $ttl <= LIFETIME, true);
check('the key in another database', $redis->rawCommand('DBSIZE') === 1 && $redis->select(0) && $redis->dbSize() === 0 && $redis->select(2), true);

// Requests at the same time: each waits for the session's lock, and none is lost.
$visits = 40 * $times;
for ($i = 0; $i < $visits; $i += 8) {
    ask($web, $id, ...array_fill(0, 8, '/visit'));
}
check('visits', ask($web, $id, '/')[0]['session']['visits'], $visits);
check('locks left behind', $redis->keys('*_LOCK'), []);

// A session of a megabyte; one of which the deadline passed; one ended by its visitor.
ask($web, $id, '/large');
check('a large session', $redis->strlen(PREFIX . $id) > 1_000_000, true);
check('what is known beside it', ask($web, $id, '/')[0]['session']['visits'], $visits);
[$other] = ask($web, '', '/login?user=bob');
$redis->expire(PREFIX . $other['id'], -1);
check('a session that ran out', ask($web, $other['id'], '/')[0]['session'], []);
check("another's session", ask($web, $id, '/')[0]['session']['user'], 'alice');
ask($web, $id, '/logout');
check('a session that was ended', $redis->exists(PREFIX . $id), 0);

echo 'with php-redis ', phpversion('redis'), ', php ', PHP_VERSION, "\n$visits visits by four processes, none lost\n";
