/* hiredis's asynchronous context in an event loop of the program's own, here a few lines around poll(): commands in flight, each with its
   reply's callback, and a subscriber on a connection of its own.
   usage: asynchronous PORT [TIMES] (asynchronous.sh compiles and runs it) */
#include <assert.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { connections = 2, patience_ms = 30000 };

/* What an event loop keeps of a connection: the hooks below say what it waits for. */
struct watched {
    redisAsyncContext *context;
    short events;
};

static struct watched loop[connections];

static void add_read(void *w) { ((struct watched *)w)->events |= POLLIN; }
static void del_read(void *w) { ((struct watched *)w)->events &= ~POLLIN; }
static void add_write(void *w) { ((struct watched *)w)->events |= POLLOUT; }
static void del_write(void *w) { ((struct watched *)w)->events &= ~POLLOUT; }
static void cleanup(void *w) { ((struct watched *)w)->context = NULL; }

static void on_connect(const redisAsyncContext *c, int status) {
    if (status != REDIS_OK) {
        fprintf(stderr, "connecting: %s\n", c->errstr);
        exit(1);
    }
}

static void on_disconnect(const redisAsyncContext *c, int status) {
    if (status != REDIS_OK) {
        fprintf(stderr, "the connection is lost: %s\n", c->errstr);
        exit(1);
    }
}

static redisAsyncContext *attach(struct watched *w, int port) {
    redisAsyncContext *c = redisAsyncConnect("127.0.0.1", port);
    assert(c != NULL && c->err == 0);
    w->context = c;
    c->ev.data = w;
    c->ev.addRead = add_read;
    c->ev.delRead = del_read;
    c->ev.addWrite = add_write;
    c->ev.delWrite = del_write;
    c->ev.cleanup = cleanup;
    redisAsyncSetConnectCallback(c, on_connect);
    redisAsyncSetDisconnectCallback(c, on_disconnect);
    return c;
}

/* run serves both connections until they are gone. */
static void run(void) {
    for (;;) {
        struct pollfd fds[connections];
        struct watched *of[connections];
        int n = 0;
        for (int i = 0; i < connections; i++) {
            if (loop[i].context == NULL) continue;
            of[n] = &loop[i];
            fds[n++] = (struct pollfd){.fd = loop[i].context->c.fd, .events = loop[i].events};
        }
        if (n == 0) return;
        if (poll(fds, n, patience_ms) <= 0) {
            fprintf(stderr, "nothing comes\n");
            exit(1);
        }
        for (int i = 0; i < n; i++) {
            if (of[i]->context && fds[i].revents & (POLLIN | POLLHUP | POLLERR)) redisAsyncHandleRead(of[i]->context);
            if (of[i]->context && fds[i].revents & POLLOUT) redisAsyncHandleWrite(of[i]->context);
        }
    }
}

static int count, answered, received;

static void on_flushed(redisAsyncContext *c, void *reply, void *data) {
    (void)c, (void)data;
    assert(reply && strcmp(((redisReply *)reply)->str, "OK") == 0);
}

/* Replies come in the order of their commands. */
static void on_counted(redisAsyncContext *c, void *r, void *data) {
    (void)c;
    redisReply *reply = r;
    long wanted = (long)data;
    assert(reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == wanted && answered == wanted - 1);
    answered++;
}

static void on_published(redisAsyncContext *c, void *r, void *data) {
    redisReply *reply = r;
    assert(reply && reply->integer == 1);
    if ((long)data == count) redisAsyncDisconnect(c); /* the last reply is here */
}

/* The first call tells that the subscription stands: then the other connection begins to publish. */
static void on_message(redisAsyncContext *c, void *r, void *publisher) {
    redisReply *reply = r;
    if (reply == NULL) return; /* the connection ends */
    assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 3);
    const char *kind = reply->element[0]->str;
    if (strcmp(kind, "subscribe") == 0) {
        for (long i = 1; i <= count; i++) {
            redisAsyncCommand(publisher, on_counted, (void *)i, "INCR counter");
            redisAsyncCommand(publisher, on_published, (void *)i, "PUBLISH news %ld", i);
        }
    } else if (strcmp(kind, "message") == 0) {
        assert(atoi(reply->element[2]->str) == ++received);
        if (received == count) redisAsyncCommand(c, NULL, NULL, "UNSUBSCRIBE news");
    } else {
        assert(strcmp(kind, "unsubscribe") == 0);
        redisAsyncDisconnect(c);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: asynchronous PORT [TIMES]\n");
        return 2;
    }
    count = 2000 * (argc > 2 ? atoi(argv[2]) : 1);
    redisAsyncContext *publisher = attach(&loop[0], atoi(argv[1]));
    redisAsyncContext *listener = attach(&loop[1], atoi(argv[1]));
    redisAsyncCommand(publisher, on_flushed, NULL, "FLUSHALL");
    redisAsyncCommand(listener, on_message, publisher, "SUBSCRIBE news");
    run();
    if (answered != count || received != count) {
        fprintf(stderr, "%d answers and %d messages of %d\n", answered, received, count);
        return 1;
    }
    printf("with hiredis %d.%d.%d\n%d commands answered, %d messages\n", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH, answered, received);
    return 0;
}
