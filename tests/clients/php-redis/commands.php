#!/usr/bin/php
<?php
// php-redis beside sessions: values with its serializer and prefix, pipelines, transactions with WATCH, SCAN, a script, a subscription, a
// persistent connection. usage: commands.php PORT [TIMES]
declare(strict_types=1);

const PATIENCE = 30; // seconds until something that must come is missed

$port = (int) $argv[1];
$times = (int) ($argv[2] ?? 1);

function check(string $what, mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        fwrite(STDERR, "$what: " . var_export($got, true) . ', not ' . var_export($wanted, true) . "\n");
        exit(1);
    }
}

function connect(int $port, bool $persistent = false): Redis
{
    $redis = new Redis();
    $persistent ? $redis->pconnect('127.0.0.1', $port, PATIENCE, 'mine') : $redis->connect('127.0.0.1', $port, PATIENCE);
    $redis->setOption(Redis::OPT_READ_TIMEOUT, PATIENCE);
    return $redis;
}

function values(Redis $redis): void
{
    check('SET', $redis->set('k', 'v', ['nx', 'ex' => 100]), true);
    check('SET NX again', $redis->set('k', 'w', ['nx']), false);
    check('TTL', $redis->ttl('k') > 90, true);
    check('GET', [$redis->get('k'), $redis->get('nosuch')], ['v', false]);
    check('MSET', $redis->mset(['a' => '1', 'b' => "\0\r\n"]), true);
    check('MGET', $redis->mget(['a', 'nosuch', 'b']), ['1', false, "\0\r\n"]);
    check('INCRBYFLOAT', $redis->incrByFloat('f', 1.25), 1.25);
    check('HMSET', $redis->hMSet('h', ['name' => 'Alice', 'age' => 30]), true);
    check('HGETALL', $redis->hGetAll('h'), ['name' => 'Alice', 'age' => '30']);
    check('ZADD', $redis->zAdd('z', 1.5, 'one', 2, 'two', INF, 'last'), 3);
    check('ZRANGE', $redis->zRange('z', 0, -1, true), ['one' => 1.5, 'two' => 2.0, 'last' => INF]);
    check('ZRANGEBYSCORE', $redis->zRangeByScore('z', '(1.5', '+inf', ['withscores' => true, 'limit' => [0, 1]]), ['two' => 2.0]);
    check('SADD', $redis->sAdd('s', 'x', 'y', 'x'), 2);
    check('TYPE', [$redis->type('h'), $redis->type('z'), $redis->type('nosuch')], [Redis::REDIS_HASH, Redis::REDIS_ZSET, Redis::REDIS_NOT_FOUND]);
    check('LPUSH to a string', $redis->lPush('k', 'x'), false);
    check('the error', rtrim($redis->getLastError(), "\0"), 'WRONGTYPE Operation against a key holding the wrong kind of value');
    check('BRPOP of nothing', $redis->brPop(['nosuch'], 1), []);
    $redis->rPush('list', 'a', 'b');
    check('BLPOP', $redis->blPop(['nosuch', 'list'], 1), ['list', 'a']);
}

/** What its options do to keys and values: nothing that others don't see as bytes. */
function options(Redis $redis, Redis $plain): void
{
    $redis->setOption(Redis::OPT_PREFIX, 'app:');
    $redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
    $value = ['deep' => [1, 2.5, null, 'ü'], 'object' => (object) ['a' => true]];
    $redis->set('cache', $value);
    check('a serialized value', $redis->get('cache') == $value, true);
    check('its bytes', $plain->get('app:cache'), serialize($value));
    $redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
    $redis->setOption(Redis::OPT_PREFIX, '');
}

function pipelines(Redis $redis, int $count): void
{
    $pipe = $redis->multi(Redis::PIPELINE);
    for ($i = 0; $i < $count; $i++) {
        $pipe->set("key:$i", $i)->incrBy("key:$i", 1000);
    }
    $replies = $pipe->exec();
    check('the replies', count($replies), 2 * $count);
    for ($i = 0; $i < $count; $i++) {
        check("reply $i", [$replies[2 * $i], $replies[2 * $i + 1]], [true, $i + 1000]);
    }
    check('EXEC', $redis->multi()->incr('counter')->lPush('k', 'x')->get('k')->exec(), [1, false, 'v']);
}

function contended(Redis $redis, Redis $other): void
{
    $redis->watch('counter');
    $other->incr('counter');
    check('EXEC after another changed it', $redis->multi()->set('counter', 100)->exec(), false);
    $redis->watch('counter');
    $next = (int) $redis->get('counter') + 1;
    check('EXEC', $redis->multi()->set('counter', $next)->exec(), [true]);
    check('the counter', $redis->get('counter'), '3');
}

function scans(Redis $redis, int $count): void
{
    $redis->setOption(Redis::OPT_SCAN, (string) Redis::SCAN_RETRY);
    $seen = [];
    $cursor = null;
    while ($keys = $redis->scan($cursor, 'key:*', 100)) {
        foreach ($keys as $key) {
            $seen[$key] = true;
        }
    }
    check('keys', count($seen), $count);
    for ($i = 0; $i < 1000; $i++) {
        $redis->hSet('large', "field:$i", (string) $i);
    }
    $fields = [];
    $cursor = null;
    while ($found = $redis->hScan('large', $cursor, 'field:*', 100)) {
        $fields += $found;
    }
    check('fields', [count($fields), $fields['field:999']], [1000, '999']);
}

function scripts(Redis $redis): void
{
    $body = 'local n = redis.call("INCRBY", KEYS[1], ARGV[1]) return {n, "text", false, {1, 2}}';
    $redis->script('flush');
    check('EVALSHA of what is not there', [$redis->evalSha(sha1($body), ['e', 5], 1), $redis->getLastError()],
        [false, 'NOSCRIPT No matching script. Please use EVAL.']);
    $redis->clearLastError();
    check('EVAL', $redis->eval($body, ['e', 5], 1), [5, 'text', false, [1, 2]]);
    check('EVALSHA', $redis->evalSha(sha1($body), ['e', 5], 1), [10, 'text', false, [1, 2]]);
    check('SCRIPT EXISTS', $redis->script('exists', sha1($body), str_repeat('0', 40)), [1, 0]);
}

/** The callback gets what a second process publishes, and leaves by unsubscribing. */
function subscription(int $port, int $count): void
{
    $listener = connect($port);
    $code = '$r = new Redis(); $r->connect("127.0.0.1", (int) $argv[1]);'
        . 'while ($r->publish("news", "first") == 0) usleep(2000);'
        . 'for ($i = 1; $i < $argv[2]; $i++) $r->publish("news", (string) $i);';
    $publisher = proc_open([PHP_BINARY, '-r', $code, '--', (string) $port, (string) $count], [], $pipes);
    $got = [];
    try {
        $listener->subscribe(['news', 'chat'], function (Redis $redis, string $channel, string $message) use (&$got, $count): void {
            $got[] = "$channel $message";
            if (count($got) === $count) {
                $redis->close();
            }
        });
    } catch (RedisException) {
        // the way out of subscribe(), which otherwise waits for ever
    }
    check('messages', $got, array_map(fn (int $i): string => 'news ' . ($i ?: 'first'), range(0, $count - 1)));
    check('the publisher', proc_close($publisher), 0);
}

$redis = connect($port);
$redis->flushAll();
values($redis);
options($redis, connect($port));
pipelines($redis, 2000 * $times);
contended($redis, connect($port));
scans($redis, 2000 * $times);
scripts($redis);
subscription($port, 200 * $times);
$first = connect($port, persistent: true)->client('id');
check('a persistent connection', connect($port, persistent: true)->client('id'), $first);
echo 'with php-redis ', phpversion('redis'), ', php ', PHP_VERSION, "\n";
