import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";

import type { ConnectEvent, DisconnectEvent, MessageEvent, Payload } from "goblet";
import { DisconnectedError, GobletError, accept, close, describe, reject, send, sendAll } from "goblet";

import { fail, failLater } from "./failing.ts";

/** What was so while the modules were loaded. */
const loaded = { now: Date.now(), random: Math.random(), uuid: randomUUID(), environment: { ...process.env } };

type Command = (event: MessageEvent, rest: string) => Payload | void | Promise<Payload | void>;

const commands: Record<string, Command> = {
  echo: (event, rest) => send(event.connectionId, rest),
  async slowly(event, rest) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    send(event.connectionId, rest);
  },
  length: (event) => String(event.body.length),
  json: (event, rest) => JSON.stringify({ ...event, body: rest }),
  close: (_, rest) => close(rest),
  describe: (event) => JSON.stringify(describe(event.connectionId)),
  bytes: () => new Uint8Array([0, 255]),

  fresh: () =>
    JSON.stringify({
      loaded,
      random: Math.random(),
      uuid: crypto.randomUUID(),
      bytes: randomBytes(8).toString("hex"),
      values: [...crypto.getRandomValues(new Uint8Array(8))],
    }),
  hashes: async () => {
    const bytes = new TextEncoder().encode("abc");
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
    const signed = await crypto.subtle.sign("HMAC", key, bytes);
    const hmac = createHmac("sha256", "abc").update("a").update("bc").digest();
    const refused = await crypto.subtle.exportKey("raw", key).catch((error: Error) => error.name);
    return JSON.stringify([
      createHash("md5").update("abc").digest("base64"),
      Buffer.from(await crypto.subtle.digest("SHA-1", bytes)).toString("hex"),
      hmac.toString("hex"),
      Buffer.from(hmac.toString("base64url"), "base64url").equals(hmac) && createHash("md5").update("a").digest("base64url"),
      timingSafeEqual(hmac, new Uint8Array(signed)),
      await crypto.subtle.verify("HMAC", key, signed, bytes),
      await crypto.subtle.verify("HMAC", key, signed, new Uint8Array(3)),
      refused,
    ]);
  },
  environment: () => JSON.stringify(process.env),

  promises: async () => {
    const later = <T>(value: T, delay: number) => new Promise<T>((resolve) => setTimeout(resolve, delay, value));
    async function* counted() {
      for (let number = 0; number < 3; number += 1) {
        yield await later(number, 1);
      }
    }
    const numbers = [];
    for await (const number of counted()) {
      numbers.push(number);
    }
    const settled = await Promise.allSettled([1, Promise.reject(new Error("no")), later("late", 5)]);
    const order: string[] = [];
    setTimeout(() => order.push("timer"), 0);
    process.nextTick(() => order.push("tick"));
    await null;
    order.push("microtask");
    await later(null, 5);
    const { fail: imported } = await import("./failing.ts");
    return JSON.stringify({
      numbers,
      settled: settled.map(({ status }) => status),
      any: await Promise.any([Promise.reject(1), later("any", 1)]),
      race: await Promise.race([later("slow", 50), later("fast", 1)]),
      order,
      isSame: imported === fail,
    });
  },

  web: () => {
    const url = new URL("../chat?name=Ada%20L", "https://example.com/a/b");
    url.searchParams.set("room", "ü");
    const text = new TextDecoder().decode(new TextEncoder().encode("ü😀"));
    const { date } = structuredClone({ date: new Date(0) });
    return [url.href, text, date.toISOString(), btoa("hi"), atob("aGk="), Buffer.from("hi").toString("hex")].join(" ");
  },

  log() {
    console.debug("a debug");
    console.log("a number %d", 5, { list: [1, 2], map: new Map([["key", 1n]]) });
    console.warn("two\nlines");
    console.error("an error:", new RangeError("too far"));
  },
  async logOn() {
    for (;;) {
      console.log("on and on ".repeat(1000));
    }
  },

  throw: (_, rest) => fail(rest),
  throwLater: (_, rest) => failLater(rest),
  throwText(_, rest) {
    throw rest;
  },
  neverEnd: () => new Promise(() => {}),
  forget: () => void Promise.reject(new SyntaxError("nobody asks")),
  object: () => ({ a: 1 }) as unknown as Payload,
  sendNothing: () => send("gone", undefined as unknown as Payload),
  gone: () => {
    try {
      send("gone", "x");
    } catch (error) {
      const { name, connectionId } = error as DisconnectedError;
      return [error instanceof DisconnectedError, error instanceof GobletError, name, connectionId].join(" ");
    }
  },
  sendAll: (event) => {
    const failed = sendAll([event.connectionId, "gone"], "all");
    return [...failed].map(([id, error]) => `${id}: ${error.name}`).join();
  },

  loop() {
    for (;;) {}
  },
  async loopOfPromises() {
    for (;;) {
      await null;
    }
  },
  sleep: () => new Promise((resolve) => setTimeout(resolve, 3600_000)),
  memory() {
    for (const kept = []; ; ) {
      kept.push(new Uint8Array(1 << 20).fill(1));
    }
  },
  recurse() {
    const deeper = (depth: number): number => 1 + deeper(depth + 1);
    return String(deeper(0));
  },
  exit: (_, rest) => process.exit(Number(rest)),
  network: async () => String(await fetch("https://example.com")),
  socket: () => new WebSocket("wss://example.com") as never,
  worker: () => new Worker("worker.js") as never,
  subtle: () => crypto.subtle.generateKey("AES-GCM", false, []) as never,
};

export function onConnect(event: ConnectEvent) {
  const name = event.query.get("name");
  switch (name) {
    case "subprotocol":
      return accept(event.subprotocols[0]);
    case "nobody":
      return reject(401);
    case "no":
      return false;
    case "throw":
      throw new Error(`${event.headers.get("COOKIE")} may not`);
  }
}

export function onMessage(event: MessageEvent) {
  if (typeof event.body !== "string") {
    return event.body;
  }
  const [name, rest] = event.body.split(/ (.*)/s);
  return commands[name](event, rest);
}

export async function onDisconnect(event: DisconnectEvent) {
  console.log(`left: ${event.statusCode} ${event.reason}`);
  if (event.reason === "throw") {
    throw new Error("not yet");
  }
}
