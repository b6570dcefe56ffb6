// An application with Express whose visitors' sessions are kept in the server by connect-redis, so that all of its processes know them.
// usage: node app.js PORT; it prints the port on which it serves.
import express from "express";
import session from "express-session";
import { RedisStore } from "connect-redis";
import { createClient } from "redis";

const client = createClient({ url: `redis://127.0.0.1:${process.argv[2]}/3` });
client.on("error", () => {}); // it connects again by itself
await client.connect();

const store = new RedisStore({ client, prefix: "shop:" });
const app = express();
app.use(session({
  store,
  secret: "as long as it is one's own",
  resave: false, // only what changed is written; what was only looked at has its time prolonged by EXPIRE
  saveUninitialized: false,
  cookie: { maxAge: 600_000 },
}));

app.get("/login", (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) {
      return next(error);
    }
    request.session.user = request.query.user;
    request.session.visits = 0;
    response.json(request.session.user);
  });
});
app.get("/visit", (request, response) => {
  request.session.visits++;
  response.json(request.session.visits);
});
app.get("/me", (request, response) => response.json(request.session.user ?? null));
app.get("/logout", (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.json(null)));
});
app.get("/visitors", async (request, response) => {
  const all = await store.all();
  response.json({ length: await store.length(), ids: (await store.ids()).length, users: all.map((one) => one.user).sort() });
});
app.get("/close", async (request, response) => {
  await store.clear();
  response.json(await store.length());
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
server.keepAliveTimeout = 60_000; // milliseconds; visitors who come again find their connection
