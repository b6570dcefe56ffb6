#!/usr/bin/env node
// ioredis as applications have it, in RESP3, which it asks for by itself, and in RESP2: commands and pipelines, transactions, scripts by
// defineCommand, streams of keys, messages, a queue, and a connection that is lost. usage: program.js PORT [TIMES]
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import Redis from "ioredis";

const port = Number(process.argv[2]);
const times = Number(process.argv[3] ?? 1);
const patience = 30_000; // milliseconds until something that must come is missed

const open = [];

function connect(options) {
  const client = new Redis({ host: "127.0.0.1", port, db: 1, connectionName: "program", ...options });
  client.on("error", (error) => assert.fail(error));
  open.push(client);
  return client;
}

async function until(what, so) {
  for (const deadline = Date.now() + patience; !(await so()); ) {
    assert.ok(Date.now() < deadline, `${what}: does not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function handshake(client, protocol) {
  const info = await client.client("INFO");
  for (const field of ["name=program", "db=1"]) {
    assert.ok(info.split(" ").includes(field), `${field} is not in ${info}`);
  }
  const hello = await client.call("HELLO");
  assert.equal(hello[hello.indexOf("proto") + 1], protocol);
  await assert.rejects(client.call("NOSUCH", "x"), { name: "ReplyError", message: /^ERR unknown command 'NOSUCH'/ });
}

async function values(client) {
  assert.equal(await client.set("k", "Grüße", "EX", 100, "NX"), "OK");
  assert.equal(await client.set("k", "x", "NX"), null);
  assert.equal(await client.get("k"), "Grüße");
  assert.ok((await client.ttl("k")) > 90);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await client.set(bytes, bytes);
  assert.ok((await client.getBuffer(bytes)).equals(bytes));
  await client.mset(new Map([["a", 1], ["b", "two"]]));
  assert.deepEqual(await client.mget("a", "nosuch", "b"), ["1", null, "two"]);
  assert.equal(await client.hset("h", { name: "Alice", age: 30 }), 2);
  assert.deepEqual(await client.hgetall("h"), { name: "Alice", age: "30" });
  assert.deepEqual(await client.hgetall("nosuch"), {});
  await client.zadd("z", 1.5, "one", 2, "two", "+inf", "last");
  assert.deepEqual(await client.zrange("z", 0, -1, "WITHSCORES"), ["one", "1.5", "two", "2", "last", "inf"]);
  assert.equal(await client.zscore("z", "one"), "1.5");
  assert.deepEqual((await client.smembers("nosuch")), []);
  assert.equal(await client.incrbyfloat("f", 0.5), "0.5");
  assert.equal(await client.sadd("s", "a", "b", "a"), 2);
  assert.deepEqual(await client.smismember("s", "a", "c"), [1, 0]);
  await assert.rejects(client.lpush("k", "x"), { message: /^WRONGTYPE / });
  assert.equal((await client.config("GET", "maxmemory-policy"))[1], "noeviction");
  const large = "0123456789".repeat(300_000);
  await client.set("large", large);
  assert.equal(await client.get("large"), large);
}

async function pipelines(client) {
  const count = 2000 * times;
  const pipeline = client.pipeline();
  for (let i = 0; i < count; i++) {
    pipeline.set(`key:${i}`, i).incrby(`key:${i}`, 1000);
  }
  pipeline.lpush("k", "x").get("k");
  const replies = await pipeline.exec();
  assert.equal(replies.length, 2 * count + 2);
  for (let i = 0; i < count; i++) {
    assert.deepEqual(replies.slice(2 * i, 2 * i + 2), [[null, "OK"], [null, i + 1000]]);
  }
  assert.match(replies[2 * count][0].message, /^WRONGTYPE /);
  assert.deepEqual(replies[2 * count + 1], [null, "Grüße"]);

  const auto = connect({ enableAutoPipelining: true, protocol: client.options.protocol });
  const numbers = await Promise.all(Array.from({ length: count }, () => auto.incr("automatic")));
  assert.deepEqual(numbers, Array.from({ length: count }, (_, i) => i + 1));
}

async function transactions(client) {
  assert.deepEqual(await client.multi().set("m", 1).incr("m").lpush("m", "x").exec().then((replies) => replies.map(([error, reply]) => error?.message.slice(0, 9) ?? reply)),
    ["OK", 2, "WRONGTYPE"]);
  await assert.rejects(client.multi().set("m").exec(), { message: /^EXECABORT / });
  const other = connect({ protocol: client.options.protocol });
  await client.watch("m");
  await other.set("m", 10);
  assert.equal(await client.multi().incr("m").exec(), null);
  assert.equal(await client.get("m"), "10");
}

// A command that is a script: sent as EVALSHA, and as EVAL where the server doesn't know it.
async function scripts(client) {
  client.defineCommand("addUpTo", {
    numberOfKeys: 1,
    lua: `local n = tonumber(redis.call("GET", KEYS[1]) or 0) + tonumber(ARGV[1])
          if n > tonumber(ARGV[2]) then return redis.error_reply("LIMIT it is " .. ARGV[2]) end
          redis.call("SET", KEYS[1], n)
          return {n, KEYS[1], false, cjson.encode({n = n})}`,
  });
  await client.script("FLUSH");
  assert.deepEqual(await client.addUpTo("budget", 5, 8), [5, "budget", null, '{"n":5}']);
  await assert.rejects(client.addUpTo("budget", 5, 8), { message: /^LIMIT it is 8/ });
  const replies = await client.pipeline().addUpTo("budget", 1, 8).get("budget").addUpTo("budget", 1, 8).exec();
  assert.deepEqual(replies.map(([error, reply]) => error ?? [].concat(reply)[0]), [6, "6", 7]);
  await client.script("FLUSH");
  assert.equal((await client.addUpTo("budget", 1, 8))[0], 8);
  assert.equal(await client.eval("return redis.call('GET', KEYS[1])", 1, "budget"), "8");
  const [[, [left]]] = await client.multi().addUpTo("budget", -8, 8).exec();
  assert.equal(left, 0);
}

async function streams(client) {
  const collect = async (stream) => {
    const seen = new Set();
    for await (const keys of stream) {
      keys.forEach((key) => seen.add(key));
    }
    return seen;
  };
  assert.equal((await collect(client.scanStream({ match: "key:*", count: 100 }))).size, 2000 * times);
  await client.sadd("large set", Array.from({ length: 1000 }, (_, i) => `member ${i}`));
  assert.equal((await collect(client.sscanStream("large set", { match: "member 9*", count: 50 }))).size, 111);
}

async function messages(client) {
  const listener = connect({ protocol: client.options.protocol });
  assert.equal(await listener.subscribe("news", "chat"), 2);
  assert.equal(await listener.psubscribe("n?ws"), 3);
  const got = [];
  listener.on("message", (channel, message) => got.push(`${channel} ${message}`));
  listener.on("pmessage", (pattern, channel, message) => got.push(`${pattern} ${channel} ${message}`));
  const count = 300 * times;
  for (let i = 0; i < count; i++) {
    assert.equal(await client.publish("news", i), 2);
  }
  await until("messages", () => got.length === 2 * count);
  assert.deepEqual(got, Array.from({ length: count }, (_, i) => [`news ${i}`, `n?ws news ${i}`]).flat());
  if (client.options.protocol === 2) {
    await assert.rejects(listener.get("k"), /subscriber mode/);
  }

  // The server ends its connection: ioredis makes another and subscribes again.
  got.length = 0;
  const back = once(listener, "ready");
  assert.equal(await client.client("KILL", "TYPE", "pubsub"), 1);
  await back;
  await until("a message on the new connection", async () => (await client.publish("chat", "back")) === 1);
  await until("the message", () => got[0] === "chat back");
  listener.disconnect();
}

// A queue: who waits gets what comes, in the order of coming, and BLPOP's time runs out with null.
async function queue(client) {
  const consumer = connect({ protocol: client.options.protocol });
  const waiting = consumer.blpop("urgent", "jobs", 20);
  await until("the consumer waits", async () => /^blocked_clients:1\r$/m.test(await client.info("clients")));
  await client.rpush("jobs", "first", "second");
  assert.deepEqual(await waiting, ["jobs", "first"]);
  assert.deepEqual(await consumer.blpop("urgent", "jobs", 20), ["jobs", "second"]);
  assert.equal(await consumer.blpop("jobs", 0.05), null);
  await client.rpush("jobs", "third");
  assert.equal(await consumer.blmove("jobs", "working", "LEFT", "RIGHT", 20), "third");
  assert.deepEqual(await client.lrange("working", 0, -1), ["third"]);
}

// Commands under way when the connection is lost are sent again.
async function reconnected(client) {
  const lost = connect({ protocol: client.options.protocol });
  const id = await lost.client("ID");
  const waiting = lost.brpop("after the loss", 20);
  await until("it waits", async () => /^blocked_clients:1\r$/m.test(await client.info("clients")));
  assert.equal(await client.client("KILL", "ID", id), 1);
  await until("it waits again", async () => /^blocked_clients:1\r$/m.test(await client.info("clients")));
  await client.lpush("after the loss", "x");
  assert.deepEqual(await waiting, ["after the loss", "x"]);
  assert.notEqual(await lost.client("ID"), id);
  assert.match(await lost.client("INFO"), / name=program .* db=1 /);
}

async function run(protocol) {
  const client = connect({ protocol });
  await client.flushall();
  for (const part of [handshake, values, pipelines, transactions, scripts, streams, messages, queue, reconnected]) {
    await part(client, protocol);
  }
}

const version = createRequire(import.meta.url)("ioredis/package.json").version;
console.log(`with ioredis ${version}, node ${process.versions.node}`);
for (const protocol of [3, 2]) {
  await run(protocol);
}
const mapped = connect({ replyMapping: "resp3" });
await mapped.hset("map", { a: 1 });
assert.deepEqual(await mapped.zrange("z", 0, 0, "WITHSCORES"), [["one", 1.5]]);
open.forEach((client) => client.disconnect());
