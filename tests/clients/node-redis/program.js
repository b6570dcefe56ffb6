#!/usr/bin/env node
// node-redis as applications have it, in RESP2 and in RESP3: commands and transactions, a pool, scripts and functions, iterators, messages, a
// connection that is lost, and what it caches by itself. usage: program.js PORT [TIMES]
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { BasicClientSideCache, RESP_TYPES, WatchError, createClient, createClientPool, defineScript } from "redis";

const port = Number(process.argv[2]);
const times = Number(process.argv[3] ?? 1);
const patience = 30_000; // milliseconds until something that must come is missed
const url = `redis://127.0.0.1:${port}/1`;

// A script as a method of the client: sent as EVALSHA, and as EVAL where the server doesn't know it.
const addUpTo = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `local n = tonumber(redis.call("GET", KEYS[1]) or 0) + ARGV[1]
           if n > tonumber(ARGV[2]) then return redis.error_reply("LIMIT it is " .. ARGV[2]) end
           redis.call("SET", KEYS[1], n)
           return n`,
  parseCommand(parser, key, amount, limit) {
    parser.pushKey(key);
    parser.push(String(amount), String(limit));
  },
  transformReply: undefined,
});

// A library of functions, and its functions as methods of the client.
const library = `#!lua name=shop
redis.register_function("sell", function(keys, args) return redis.call("HINCRBY", keys[1], args[1], -1) end)
redis.register_function{function_name="left", callback=function(keys) return redis.call("HLEN", keys[1]) end, flags={"no-writes"}}`;
const shop = {
  sell: {
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key, item) {
      parser.pushKey(key);
      parser.push(item);
    },
    transformReply: undefined,
  },
  left: { NUMBER_OF_KEYS: 1, IS_READ_ONLY: true, parseCommand: (parser, key) => parser.pushKey(key), transformReply: undefined },
};

const open = [];

async function connect(options) {
  const client = createClient({ url, name: "program", scripts: { addUpTo }, functions: { shop }, ...options });
  client.on("error", (error) => client.mayFail || assert.fail(error));
  open.push(client);
  return client.connect();
}

async function until(what, so) {
  for (const deadline = Date.now() + patience; !(await so()); ) {
    assert.ok(Date.now() < deadline, `${what}: does not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function values(client, RESP) {
  const info = await client.sendCommand(["CLIENT", "INFO"]);
  for (const field of ["name=program", "db=1"]) {
    assert.ok(info.split(" ").includes(field), `${field} is not in ${info}`);
  }
  const hello = await client.hello();
  assert.equal(hello.proto, RESP);
  assert.equal(await client.set("k", "Grüße", { expiration: { type: "EX", value: 100 }, condition: "NX" }), "OK");
  assert.equal(await client.set("k", "x", { condition: "NX" }), null);
  assert.equal(await client.get("k"), "Grüße");
  assert.ok((await client.ttl("k")) > 90);
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await binary.set(bytes, bytes);
  assert.ok((await binary.get(bytes)).equals(bytes));
  await binary.restore("copy", 0, await binary.dump(bytes), { REPLACE: true });
  assert.ok((await binary.get("copy")).equals(bytes));
  await client.mSet({ a: "1", b: "two" });
  assert.deepEqual(await client.mGet(["a", "nosuch", "b"]), ["1", null, "two"]);
  assert.equal(await client.hSet("h", { name: "Alice", age: "30" }), 2);
  assert.deepEqual({ ...(await client.hGetAll("h")) }, { name: "Alice", age: "30" });
  await client.zAdd("z", [{ score: 1.5, value: "one" }, { score: 2, value: "two" }, { score: Infinity, value: "last" }]);
  assert.deepEqual(await client.zRangeWithScores("z", 0, -1),
    [{ value: "one", score: 1.5 }, { value: "two", score: 2 }, { value: "last", score: Infinity }]);
  assert.equal(await client.zScore("z", "one"), 1.5);
  assert.equal(await client.zScore("z", "nosuch"), null);
  assert.deepEqual(await client.zPopMin("z"), { value: "one", score: 1.5 });
  await client.sAdd("s", ["a", "b"]);
  assert.deepEqual((await client.sMembers("s")).sort(), ["a", "b"]);
  assert.equal(await client.incrByFloat("f", 0.5), "0.5");
  assert.equal((await client.configGet("maxmemory-policy"))["maxmemory-policy"], "noeviction");
  await assert.rejects(client.lPush("k", "x"), { message: /^WRONGTYPE / });
  assert.equal((await client.memoryUsage("k")) > 10, true);
  const large = "0123456789".repeat(300_000);
  await client.set("large", large);
  assert.equal(await client.get("large"), large);
}

// What is sent in one tick goes as one pipeline.
async function pipelines(client) {
  const count = 2000 * times;
  const keys = Array.from({ length: count }, (_, i) => `key:${i}`);
  const replies = await Promise.all(keys.flatMap((key, i) => [client.set(key, String(i)), client.incrBy(key, 1000)]));
  assert.deepEqual(replies, keys.flatMap((_, i) => ["OK", i + 1000]));
}

async function transactions(client) {
  assert.deepEqual(await client.multi().set("m", "1").incr("m").get("m").hGetAll("nosuch").exec().then((all) => all.slice(0, 3)), ["OK", 2, "2"]);
  await assert.rejects(client.multi().incr("k").exec(), (error) => /not an integer/.test(error.replies[0].message));
  let conflicts = 0;
  const add = async () => {
    const mine = await client.duplicate().on("error", assert.fail).connect();
    for (let done = 0; done < 10 * times; ) {
      await mine.watch("contended");
      const next = Number(await mine.get("contended")) + 1;
      try {
        await mine.multi().set("contended", String(next)).exec();
        done++;
      } catch (error) {
        assert.ok(error instanceof WatchError, error);
        conflicts++;
      }
    }
    mine.destroy();
  };
  await Promise.all(Array.from({ length: 5 }, add));
  assert.equal(await client.get("contended"), String(50 * times));
  assert.ok(conflicts > 0, "the test proves nothing where nobody contends");
}

async function scripts(client) {
  await client.scriptFlush();
  assert.equal(await client.addUpTo("budget", 5, 8), 5);
  await assert.rejects(client.addUpTo("budget", 5, 8), { message: /^LIMIT it is 8/ });
  assert.equal(await client.addUpTo("budget", 1, 8), 6);
  assert.deepEqual(await client.multi().addUpTo("budget", 1, 8).get("budget").exec(), [7, "7"]);
  assert.equal(await client.eval("return {KEYS[1], ARGV[1], 1.9}", { keys: ["x"], arguments: ["y"] }).then(String), "x,y,1");
}

async function functions(client) {
  assert.equal(await client.functionLoad(library, { REPLACE: true }), "shop");
  await client.hSet("stock", { apples: "5", pears: "1" });
  assert.equal(await client.shop.sell("stock", "apples"), 4);
  assert.equal(await client.shop.left("stock"), 2);
  assert.equal(await client.fCallRo("left", { keys: ["stock"], arguments: [] }), 2);
  const [{ library_name: name, functions: found }] = await client.functionList();
  assert.deepEqual([name, found.map((f) => f.name).sort()], ["shop", ["left", "sell"]]);
  const dump = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).functionDump();
  await client.functionFlush();
  await assert.rejects(client.shop.left("stock"), { message: /Function not found/ });
  await client.functionRestore(dump);
  assert.equal(await client.shop.left("stock"), 2);
}

async function iterators(client) {
  const keys = new Set();
  for await (const some of client.scanIterator({ MATCH: "key:*", COUNT: 100 })) {
    some.forEach((key) => keys.add(key));
  }
  assert.equal(keys.size, 2000 * times);
  await client.hSet("large hash", Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field ${i}`, String(i)])));
  const fields = new Map();
  for await (const some of client.hScanIterator("large hash", { COUNT: 50 })) {
    some.forEach(({ field, value }) => fields.set(field, value));
  }
  assert.deepEqual([fields.size, fields.get("field 999")], [1000, "999"]);
}

async function messages(client) {
  const listener = await client.duplicate().on("error", () => {}).connect();
  const got = [];
  await listener.subscribe(["news", "chat"], (message, channel) => got.push(`${channel} ${message}`));
  await listener.pSubscribe("n?ws", (message, channel) => got.push(`n?ws ${channel} ${message}`));
  const count = 300 * times;
  for (let i = 0; i < count; i++) {
    assert.equal(await client.publish("news", String(i)), 2);
  }
  await until("messages", () => got.length === 2 * count);
  assert.deepEqual(got, Array.from({ length: count }, (_, i) => [`news ${i}`, `n?ws news ${i}`]).flat());

  // The server ends its connection: node-redis makes another and subscribes again.
  got.length = 0;
  assert.equal(await client.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]), 1);
  await until("a message on the new connection", async () => (await client.publish("chat", "back")) === 1);
  await until("the message", () => got[0] === "chat back");
  await listener.unsubscribe("chat");
  assert.equal(await client.publish("chat", "gone"), 0);
  listener.destroy();
}

// Each call takes a connection of the pool: who waits in BLPOP keeps nobody waiting.
async function pools(client, RESP) {
  const pool = await createClientPool({ url, RESP }, { minimum: 1, maximum: 4, acquireTimeout: patience }).on("error", assert.fail).connect();
  const waiting = [pool.blPop(["urgent", "jobs"], 20), pool.blPop(["urgent", "jobs"], 20)];
  await until("both wait", async () => /^blocked_clients:2\r$/m.test(await client.info("clients")));
  assert.equal(await pool.ping(), "PONG");
  await pool.rPush("jobs", ["first", "second"]);
  assert.deepEqual((await Promise.all(waiting)).map((job) => job.element).sort(), ["first", "second"]);
  assert.equal(await pool.blPop("jobs", 0.05), null);
  const sums = await Promise.all(Array.from({ length: 500 * times }, () => pool.incr("pooled")));
  assert.equal(new Set(sums).size, 500 * times);
  pool.destroy();
}

async function reconnected(client) {
  const lost = await connect({ RESP: client.options?.RESP });
  lost.mayFail = true;
  const id = await lost.sendCommand(["CLIENT", "ID"]);
  assert.equal(await client.sendCommand(["CLIENT", "KILL", "ID", String(id)]), 1);
  await until("another connection", async () => {
    try {
      return (await lost.sendCommand(["CLIENT", "ID"])) !== id;
    } catch {
      return false; // what was under way when the connection was lost
    }
  });
  assert.match(await lost.sendCommand(["CLIENT", "INFO"]), / name=program .* db=1 /);
}

// What was read comes from the client's own memory until the server says that it changed.
async function cached(writer) {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: "LRU" });
  const client = await connect({ RESP: 3, clientSideCache: cache });
  await writer.hSet("profile", { name: "Alice" });
  await client.hGetAll("profile");
  const before = cache.stats().hitCount;
  for (let i = 0; i < 100; i++) {
    assert.equal((await client.hGetAll("profile")).name, "Alice");
  }
  assert.equal(cache.stats().hitCount, before + 100);
  const changes = [["Bob", () => writer.hSet("profile", { name: "Bob" })], [undefined, () => writer.del("profile")],
    ["Carol", () => writer.multi().hSet("profile", { name: "Carol" }).exec()], [undefined, () => writer.flushDb()]];
  for (const [name, change] of changes) {
    await change();
    await until(`the change to ${name}`, async () => (await client.hGetAll("profile")).name === name);
  }
}

const version = createRequire(import.meta.url)("redis/package.json").version;
console.log(`with node-redis ${version}, node ${process.versions.node}`);
for (const RESP of [2, 3]) {
  const client = await connect({ RESP });
  await client.flushAll();
  for (const part of [values, pipelines, transactions, scripts, functions, iterators, messages, pools, reconnected]) {
    await part(client, RESP);
  }
  if (RESP === 3) {
    await cached(client);
  }
}
open.forEach((client) => client.destroy());
