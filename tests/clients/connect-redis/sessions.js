#!/usr/bin/env node
// Visitors of an application with Express that runs in two processes (app.js): they log in at one and are known at the other, their sessions
// last while they come, and outlive the server that keeps them. usage: sessions.js PORT [TIMES]
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { createClient } from "redis";

const port = Number(process.argv[2]);
const times = Math.min(Number(process.argv[3] ?? 1), 5); // with more, Express itself is what takes long
const patience = 30_000; // milliseconds until something that must come is missed

const redis = createClient({ url: `redis://127.0.0.1:${port}/3` });
redis.on("error", () => {});
await redis.connect();
await redis.flushAll();
const stdin = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function start() {
  const child = spawn(process.execPath, [new URL("app.js", import.meta.url).pathname, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  process.on("exit", () => child.kill());
  return `http://127.0.0.1:${line}`;
}

// A visitor keeps the cookie that he is given.
class Visitor {
  async get(url) {
    const response = await fetch(url, { headers: this.cookie ? { cookie: this.cookie } : {}, signal: AbortSignal.timeout(patience) });
    this.cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.cookie;
    this.status = response.status;
    return response.ok ? response.json() : null;
  }

  // The key of his session: the cookie holds its id, signed.
  get key() {
    return `shop:${decodeURIComponent(this.cookie.split("=")[1]).slice(2).split(".")[0]}`;
  }
}

const require = createRequire(import.meta.url);
const versions = ["connect-redis", "redis", "express", "express-session"].map((name) => {
  const main = require.resolve(name);
  return `${name === "redis" ? "node-redis" : name} ${require(`${main.slice(0, main.lastIndexOf(`/node_modules/${name}/`))}/node_modules/${name}/package.json`).version}`;
});
console.log(`with ${versions.join(", ")}, node ${process.versions.node}`);

const [one, two] = await Promise.all([start(), start()]);
const alice = new Visitor();
assert.equal(await alice.get(`${one}/me`), null);
assert.equal(await redis.dbSize(), 0, "a stranger has no session");
assert.equal(await alice.get(`${one}/login?user=alice`), "alice");
assert.equal(await alice.get(`${two}/me`), "alice");
for (let i = 1; i <= 50 * times; i++) {
  assert.equal(await alice.get(`${i % 2 ? one : two}/visit`), i);
}
assert.equal(JSON.parse(await redis.get(alice.key)).visits, 50 * times);

// A visit prolongs the session; one that ran out is none.
await redis.expire(alice.key, 100);
assert.equal(await alice.get(`${two}/me`), "alice");
const left = await redis.ttl(alice.key);
assert.ok(left > 500 && left <= 600, `${left} s are left`);
const bob = new Visitor();
await bob.get(`${one}/login?user=bob`);
await redis.pExpire(bob.key, 1);
for (const deadline = Date.now() + patience; await redis.exists(bob.key); ) {
  assert.ok(Date.now() < deadline, "the session does not run out");
}
assert.equal(await bob.get(`${two}/me`), null);

// Many at the same time, each with his own.
const many = Array.from({ length: 100 * times }, () => new Visitor());
const users = await Promise.all(many.map((visitor, i) => visitor.get(`${i % 2 ? one : two}/login?user=user ${i}`)));
assert.deepEqual(users, many.map((_, i) => `user ${i}`));
assert.deepEqual(await Promise.all(many.map((visitor) => visitor.get(`${one}/me`))), users);
assert.deepEqual(await alice.get(`${two}/visitors`), { length: many.length + 1, ids: many.length + 1, users: [...users, "alice"].sort() });
await many[0].get(`${one}/logout`);
assert.equal(await many[0].get(`${two}/me`), null);

// The server dies and is started again: a login outlives it, and the application finds the server by itself.
console.log("@kill");
await stdin.next();
console.log("@start");
await stdin.next();
for (const deadline = Date.now() + patience; (await alice.get(`${one}/me`)) !== "alice" || (await alice.get(`${two}/me`)) !== "alice"; ) {
  assert.ok(alice.status !== 200 && Date.now() < deadline, "the login is lost");
}
assert.equal(await alice.get(`${two}/visit`), 50 * times + 1);
assert.equal(await alice.get(`${one}/close`), 0);
assert.equal(await alice.get(`${two}/me`), null);
console.log(`${many.length + 2} visitors`);
process.exit();
