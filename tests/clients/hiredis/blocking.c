/* hiredis as C programs have it: one connection, commands with formats, by vector and in pipelines, transactions, a subscription, errors.
   usage: blocking PORT [TIMES] (blocking.sh compiles and runs it) */
#include <assert.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static redisContext *server;
static int port;

static redisContext *connected(void) {
    struct timeval patience = {30, 0};
    redisContext *c = redisConnectWithTimeout("127.0.0.1", port, patience);
    if (c == NULL || c->err) {
        fprintf(stderr, "connecting: %s\n", c ? c->errstr : "no memory");
        exit(1);
    }
    redisSetTimeout(c, patience);
    return c;
}

/* ask sends a command and takes its reply, which the caller frees. A reply that doesn't come ends the program. */
static redisReply *ask(redisContext *c, const char *format, ...) {
    va_list words;
    va_start(words, format);
    redisReply *reply = redisvCommand(c, format, words);
    va_end(words);
    if (reply == NULL) {
        fprintf(stderr, "%s: %s\n", format, c->errstr);
        exit(1);
    }
    return reply;
}

static redisReply *next(redisContext *c) {
    void *reply = NULL;
    if (redisGetReply(c, &reply) != REDIS_OK) {
        fprintf(stderr, "a reply: %s\n", c->errstr);
        exit(1);
    }
    return reply;
}

static void expect_text(redisReply *reply, int type, const char *text) {
    if (reply->type != type || strcmp(reply->str, text) != 0) {
        fprintf(stderr, "type %d: %s, not %s\n", reply->type, reply->str ? reply->str : "-", text);
        exit(1);
    }
    freeReplyObject(reply);
}

static void expect_number(redisReply *reply, long long number) {
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer != number) {
        fprintf(stderr, "type %d: %lld (%s), not %lld\n", reply->type, reply->integer, reply->str ? reply->str : "-", number);
        exit(1);
    }
    freeReplyObject(reply);
}

static void expect_nil(redisReply *reply) {
    assert(reply->type == REDIS_REPLY_NIL);
    freeReplyObject(reply);
}

static void basics(void) {
    expect_text(ask(server, "FLUSHALL"), REDIS_REPLY_STATUS, "OK");
    expect_text(ask(server, "PING"), REDIS_REPLY_STATUS, "PONG");
    expect_text(ask(server, "SET %s %s EX %d", "greeting", "two words", 100), REDIS_REPLY_STATUS, "OK");
    expect_text(ask(server, "GET greeting"), REDIS_REPLY_STRING, "two words");
    expect_nil(ask(server, "GET nosuch"));
    const char bytes[] = {0, '\r', '\n', (char)0xff, ' ', 0};
    expect_text(ask(server, "SET %b %b", bytes, sizeof bytes, bytes, sizeof bytes), REDIS_REPLY_STATUS, "OK");
    redisReply *reply = ask(server, "GET %b", bytes, sizeof bytes);
    assert(reply->len == sizeof bytes && memcmp(reply->str, bytes, sizeof bytes) == 0);
    freeReplyObject(reply);

    const char *words[] = {"RPUSH", "list", "a", "", "c c"};
    const size_t lengths[] = {5, 4, 1, 0, 3};
    expect_number(redisCommandArgv(server, 5, words, lengths), 3);
    reply = ask(server, "LRANGE list 0 -1");
    assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 3);
    for (size_t i = 0; i < 3; i++) assert(strcmp(reply->element[i]->str, words[2 + i]) == 0);
    freeReplyObject(reply);

    expect_text(ask(server, "INCR greeting"), REDIS_REPLY_ERROR, "ERR value is not an integer or out of range");
    expect_text(ask(server, "LPUSH greeting x"), REDIS_REPLY_ERROR, "WRONGTYPE Operation against a key holding the wrong kind of value");
    expect_text(ask(server, "GET"), REDIS_REPLY_ERROR, "ERR wrong number of arguments for 'get' command");
    expect_text(ask(server, "PING"), REDIS_REPLY_STATUS, "PONG"); /* after an error all goes on */
}

/* Many commands go before the first reply is read. */
static void pipelines(int count) {
    for (int i = 0; i < count; i++) {
        redisAppendCommand(server, "SET key:%d %d", i, i);
        redisAppendCommand(server, "INCRBY key:%d 1000", i);
    }
    for (int i = 0; i < count; i++) {
        expect_text(next(server), REDIS_REPLY_STATUS, "OK");
        expect_number(next(server), 1000 + i);
    }
    size_t size = 3000000;
    char *large = malloc(size + 1);
    for (size_t i = 0; i < size; i++) large[i] = 'a' + i % 26;
    large[size] = 0;
    for (int i = 0; i < 4; i++) {
        redisAppendCommand(server, "SET large:%d %b", i, large, size);
        redisAppendCommand(server, "GET large:%d", i);
    }
    for (int i = 0; i < 4; i++) {
        expect_text(next(server), REDIS_REPLY_STATUS, "OK");
        redisReply *reply = next(server);
        assert(reply->len == size && memcmp(reply->str, large, size) == 0);
        freeReplyObject(reply);
    }
    free(large);
}

static void transactions(void) {
    redisContext *other = connected();
    expect_text(ask(server, "WATCH balance"), REDIS_REPLY_STATUS, "OK");
    expect_text(ask(other, "SET balance 5"), REDIS_REPLY_STATUS, "OK");
    expect_text(ask(server, "MULTI"), REDIS_REPLY_STATUS, "OK");
    expect_text(ask(server, "SET balance 7"), REDIS_REPLY_STATUS, "QUEUED");
    expect_nil(ask(server, "EXEC")); /* somebody changed what was watched */
    expect_text(ask(server, "GET balance"), REDIS_REPLY_STRING, "5");

    expect_text(ask(server, "MULTI"), REDIS_REPLY_STATUS, "OK");
    expect_text(ask(server, "INCR balance"), REDIS_REPLY_STATUS, "QUEUED");
    expect_text(ask(server, "HSET balance a b"), REDIS_REPLY_STATUS, "QUEUED");
    expect_text(ask(server, "HGETALL nosuch"), REDIS_REPLY_STATUS, "QUEUED");
    redisReply *reply = ask(server, "EXEC");
    assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 3);
    assert(reply->element[0]->integer == 6);
    assert(reply->element[1]->type == REDIS_REPLY_ERROR && strncmp(reply->element[1]->str, "WRONGTYPE ", 10) == 0);
    assert(reply->element[2]->type == REDIS_REPLY_ARRAY && reply->element[2]->elements == 0);
    freeReplyObject(reply);
    redisFree(other);
}

/* expect_message takes a message of three words. */
static void expect_message(redisContext *c, const char *kind, const char *channel, const char *text) {
    redisReply *reply = next(c);
    assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 3);
    assert(strcmp(reply->element[0]->str, kind) == 0 && strcmp(reply->element[1]->str, channel) == 0);
    if (text) assert(strcmp(reply->element[2]->str, text) == 0);
    freeReplyObject(reply);
}

static void subscription(int count) {
    redisContext *listener = connected();
    redisAppendCommand(listener, "SUBSCRIBE news chat");
    expect_message(listener, "subscribe", "news", NULL);
    expect_message(listener, "subscribe", "chat", NULL);
    for (int i = 0; i < count; i++) expect_number(ask(server, "PUBLISH %s %d", i % 2 ? "news" : "chat", i), 1);
    for (int i = 0; i < count; i++) {
        char text[20];
        snprintf(text, sizeof text, "%d", i);
        expect_message(listener, "message", i % 2 ? "news" : "chat", text);
    }
    redisFree(listener);
}

/* A context whose connection is lost says so, and redisReconnect makes another. */
static void lost(void) {
    redisContext *c = connected();
    redisReply *id = ask(c, "CLIENT ID");
    expect_number(ask(server, "CLIENT KILL ID %lld", id->integer), 1);
    freeReplyObject(id);
    assert(redisCommand(c, "PING") == NULL && c->err != 0);
    assert(redisReconnect(c) == REDIS_OK);
    expect_text(ask(c, "PING"), REDIS_REPLY_STATUS, "PONG");
    redisFree(c);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: blocking PORT [TIMES]\n");
        return 2;
    }
    port = atoi(argv[1]);
    int times = argc > 2 ? atoi(argv[2]) : 1;
    printf("with hiredis %d.%d.%d\n", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
    server = connected();
    basics();
    pipelines(5000 * times);
    transactions();
    subscription(500 * times);
    lost();
    redisFree(server);
    printf("%d commands in a pipeline, %d messages\n", 10000 * times, 500 * times);
    return 0;
}
