// Sends a Node.js function's https connections to AWS's services, as far as goblet stands for them, to goblet's proxy:
// Node.js, and AWS's SDK in it, do not use HTTPS_PROXY. Other connections are left alone.

"use strict";

const tls = require("node:tls");
const { syncBuiltinESMExports } = require("node:module");

const { host, port, services } = JSON.parse(process.env.GOBLET_HOSTS ?? '{"services":[]}');
// What names a service, the region, and the ending, which China has of its own.
const aws = /^(.+)\.[a-z]+(?:-[a-z]+)+-\d+\.amazonaws\.com(?:\.cn)?$/;
const connect = tls.connect;

/** `connect(options)`, `connect(port, options)`, `connect(port, host, options)`, each with a callback at its end. */
function optionsOf(parts) {
  const options = parts.find((part) => part !== null && typeof part === "object");
  const [at, name] = parts;
  return { ...(typeof at !== "object" && { port: at }), ...(typeof name === "string" && { host: name }), ...options };
}

tls.connect = function (...parts) {
  const options = optionsOf(parts);
  const name = String(options.servername || options.host).toLowerCase();
  // With a socket, the connection is there already: it goes through a proxy, perhaps this one.
  const isOurs = services.includes(aws.exec(name)?.[1]);
  if (options.socket || options.path || Number(options.port) !== 443 || !isOurs) {
    return connect.apply(this, parts);
  }
  const callback = parts.find((part) => typeof part === "function");
  return connect.call(this, { ...options, host, port, servername: name }, callback);
};

syncBuiltinESMExports();
