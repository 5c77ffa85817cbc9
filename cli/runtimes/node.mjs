// Lambda's Node.js runtime in small: takes events from the Runtime API, and gives them to a function's handler.
//
// It behaves as AWS's own client does, which needs a C++ compiler:
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client

import fs from "node:fs";
import http from "node:http";
import { createRequire, register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";

const { env } = process;
const TASK_ROOT = env.LAMBDA_TASK_ROOT ?? process.cwd();
const API = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and 100 bytes more. */
const MAX_RESPONSE = 6 * 1024 * 1024 + 100;

/** The invocation that is to be answered, if there is one. */
let requestId;
/** What to do when there is nothing left to do: an answer that waits for it, or none at all. */
let onIdle = () => {};
/** Whether the last line on stdout has no end yet. */
let isLineOpen = false;

// --- The Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

function call(method, route, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${API}/${route}`, { method, agent, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode, headers } = response;
        resolve({ statusCode, headers, body: Buffer.concat(chunks).toString() });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function post(route, body, headers) {
  const bytes = Buffer.from(body);
  return call("POST", route, bytes, { "Content-Type": "application/json", "Content-Length": bytes.length, ...headers });
}

function postError(route, error) {
  const body = JSON.stringify(errorResponse(error));
  const { errorType } = errorResponse(error);
  const type = /^[\x20-\x7e]+$/.test(errorType ?? "") ? errorType : "Error";
  return post(route, body, { "Lambda-Runtime-Function-Error-Type": type });
}

async function postResult(id, result) {
  let body;
  try {
    body = JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    return postError(`invocation/${id}/error`, new Error("Unable to stringify response body"));
  }
  const size = Buffer.byteLength(body);
  if (size > MAX_RESPONSE) {
    const message = `Response payload size (${size} bytes) exceeded maximum allowed payload size (${MAX_RESPONSE} bytes).`;
    return postError(`invocation/${id}/error`, named("Function.ResponseSizeTooLarge", message));
  }
  return post(`invocation/${id}/response`, body);
}

// --- Errors

function named(name, message, stack) {
  const error = new Error(message);
  error.name = name;
  error.stack = stack ?? `${name}: ${message}`;
  return error;
}

function isError(value) {
  return util.types.isNativeError(value) || value instanceof Error;
}

function errorResponse(error) {
  if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: stackOf(error).split("\n") };
}

/** The stack of an error. */
function stackOf(error) {
  return withoutOwnFrames(String(error.stack ?? error));
}

const OWN_FOLDER = new URL(".", import.meta.url);

/** Leaves out the frames of the files here: they say nothing about the function. */
function withoutOwnFrames(text) {
  const isOwn = (line) => /^\s+at /.test(line) && [OWN_FOLDER.href, OWN_FOLDER.pathname].some((own) => line.includes(own));
  return text.split("\n").filter((line) => !isOwn(line)).join("\n");
}

/** Reports an error that nobody caught, and ends the process, as Lambda does. */
async function die(error, exitCode) {
  logError(error);
  await postError(requestId === undefined ? "init/error" : `invocation/${requestId}/error`, error).catch(() => {});
  process.exit(exitCode);
}

// --- The log: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** Errors inside of what is logged have no enumerable fields. */
function errorFields(_key, value) {
  if (!isError(value)) return value;
  const { name, message, stack, ...rest } = value;
  const errorType = value.constructor === Error ? name : value.constructor?.name;
  return { errorType, errorMessage: message, stackTrace: stackOf({ stack }).split("\n"), ...rest };
}

function format(parts) {
  return withoutOwnFrames(util.format(...parts));
}

function jsonRecord(level, parts) {
  const record = { timestamp: new Date().toISOString(), level, requestId };
  if (parts.length === 1) {
    try {
      return JSON.stringify({ ...record, message: parts[0] }, errorFields);
    } catch {
      // It refers to itself, for example.
    }
  }
  const error = parts.find(isError);
  return JSON.stringify({ ...record, message: format(parts), ...(error && errorFields("", error)) });
}

function textRecord(level, parts) {
  return `${new Date().toISOString()}\t${requestId}\t${level}\t${format(parts)}`;
}

/** Keeps in mind whether what is written ends a line: a record that came after the rest of one would not be seen. */
function watchLines() {
  const write = process.stdout.write;
  process.stdout.write = function (chunk, ...rest) {
    if (chunk?.length) isLineOpen = typeof chunk === "string" ? !chunk.endsWith("\n") : chunk.at(-1) !== 10;
    return write.call(this, chunk, ...rest);
  };
}

function endLine() {
  if (isLineOpen) process.stdout.write("\n");
}

function patchConsole() {
  const isJson = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  const least = isJson ? LEVELS.indexOf(env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()) : 0;
  const log = (level) => (...parts) => {
    if (LEVELS.indexOf(level) >= least) {
      endLine();
      process.stdout.write(`${isJson ? jsonRecord(level, parts) : textRecord(level, parts)}\n`);
    }
  };
  console.trace = (...parts) => {
    const at = { name: "Trace", message: util.format(...parts) };
    Error.captureStackTrace(at, console.trace);
    log("TRACE")(at.stack);
  };
  console.debug = log("DEBUG");
  console.log = console.info = log("INFO");
  console.warn = log("WARN");
  console.error = log("ERROR");
  console.fatal = log("FATAL");
}

function logError(error) {
  console.error(isError(error) ? error : errorResponse(error));
}

// --- The handler: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

/** Reads `folder/module.export.nested`. */
function parseHandler(text) {
  const [, folder, module, names] = /^(.*\/)?([^./]+)\.([^/]+)$/.exec(text) ?? [];
  if (names === undefined || text.split("/").includes("..")) {
    throw named("Runtime.MalformedHandlerName", `Bad handler: ${text}`);
  }
  return { module: path.join(folder ?? "", module), names: names.split(".") };
}

/** Whether `.js` files at a place are ES modules: the nearest package.json says so. */
function isModulePackage(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, "utf8")).type === "module";
    if (folder === path.dirname(folder)) return false;
  }
}

async function load(module) {
  const place = path.resolve(TASK_ROOT, module);
  const require = createRequire(path.join(TASK_ROOT, "index.js"));
  const statOf = (file) => fs.statSync(file, { throwIfNoEntry: false });
  const load = { require, import: (file) => import(pathToFileURL(file).href) };
  const ways = [["", "require"], [".js", isModulePackage(place) ? "import" : "require"], [".mjs", "import"], [".cjs", "require"]];
  for (const [extension, way] of ways) {
    if (statOf(place + extension)?.isFile()) return load[way](place + extension);
  }
  // A folder with an index.js, or a package.
  return require(statOf(place) ? place : module);
}

async function findHandler(text) {
  const { module, names } = parseHandler(text);
  let loaded;
  try {
    loaded = await load(module);
  } catch (error) {
    if (error instanceof SyntaxError) throw named("Runtime.UserCodeSyntaxError", String(error), error.stack);
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) {
      throw named("Runtime.ImportModuleError", `Error: ${error.message}`, error.stack);
    }
    throw error;
  }
  const find = (from) => names.reduce((value, name) => value?.[name], from);
  const handler = find(loaded) ?? find(loaded.default);
  if (handler === undefined) throw named("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  if (typeof handler !== "function") throw named("Runtime.HandlerNotFound", `${text} is not a function`);
  return handler;
}

/** What a function gets besides its event: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const object = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: object("lambda-runtime-client-context"),
    identity: object("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** Calls a handler, and waits until it has answered in one of the ways that Lambda allows. */
function answerOf(handler, event, context) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    context.done = done;
    context.succeed = (result) => done(null, result);
    context.fail = (error) => reject(error ?? new Error("handled"));
    const callback = (error, result) => {
      if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null)) {
        onIdle = () => resolve(result);
      } else {
        done(error, result);
      }
    };
    onIdle = () => resolve(null);
    const returned = handler(event, context, callback);
    if (typeof returned?.then === "function") {
      returned.then(resolve, reject);
    } else if (returned !== undefined) {
      onIdle = ((answer) => () => {
        console.warn("Lambda ignores what a handler returns that is not async: make it async, or call its callback");
        answer();
      })(onIdle);
    }
  });
}

async function serve(handler) {
  for (;;) {
    // Without a Runtime API, nobody is there who could be told.
    const { headers, statusCode, body } = await call("GET", "invocation/next").catch(() => process.exit(1));
    if (statusCode !== 200) process.exit(1);
    const id = headers["lambda-runtime-aws-request-id"];
    requestId = id;
    env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
    try {
      const result = await answerOf(handler, JSON.parse(body), contextOf(headers));
      await postResult(id, result);
    } catch (error) {
      logError(error);
      await postError(`invocation/${id}/error`, error);
    }
    endLine();
    onIdle = () => {};
    requestId = undefined;
  }
}

async function main() {
  watchLines();
  patchConsole();
  // Nobody reads the log any more.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => process.exit(1));
  const noStreams = () => {
    throw new Error("awslambda.streamifyResponse is not served: API Gateway gives WebSocket clients whole answers. Export the handler itself");
  };
  globalThis.awslambda = { streamifyResponse: noStreams, HttpResponseStream: { from: noStreams } };
  process.on("uncaughtException", (error) => die(error, 129));
  process.on("unhandledRejection", (reason) => {
    die(named("Runtime.UnhandledPromiseRejection", isError(reason) ? String(reason) : util.inspect(reason), reason?.stack), 128);
  });
  process.on("beforeExit", () => setImmediate(onIdle));
  if (env.NODE_PATH) register("./node_path.mjs", import.meta.url);
  let handler;
  try {
    handler = await findHandler(process.argv[2] ?? env._HANDLER);
  } catch (error) {
    return die(error, 1);
  }
  await serve(handler);
}

main();
