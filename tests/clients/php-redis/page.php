<?php
// A page that keeps what it knows of its visitor in a session, which PHP keeps in the server: session.save_handler and session.save_path
// say where. Served by sessions.php.

session_start();
header('Content-Type: application/json');

switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case '/login':
        session_regenerate_id(true);
        $_SESSION = ['user' => $_GET['user'], 'visits' => 0, 'cart' => ['apples' => 3, 'näme' => [1.5, true, null, "a\0b"]]];
        break;
    case '/visit':
        $visits = $_SESSION['visits'];
        usleep(5000); // long enough for another request to come between, were the session not locked
        $_SESSION['visits'] = $visits + 1;
        break;
    case '/large':
        $_SESSION['large'] = str_repeat('0123456789', 100_000);
        break;
    case '/logout':
        session_destroy();
        $_SESSION = [];
        break;
}
echo json_encode(['id' => session_id(), 'session' => array_diff_key($_SESSION, ['large' => 0])], JSON_UNESCAPED_UNICODE);
