export { Buffer } from "./buffer.mjs";
