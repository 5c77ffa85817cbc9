import { Buffer } from "buffer/";

/** https://nodejs.org/api/buffer.html#buffers-and-character-encodings: the package does not have base64url. */
const isUrl = (encoding) => /^base64url$/i.test(encoding);

const { from, isEncoding } = Buffer;
const { toString } = Buffer.prototype;

Buffer.from = (value, encoding, length) => from(value, isUrl(encoding) ? "base64" : encoding, length);
Buffer.isEncoding = (encoding) => isUrl(encoding) || isEncoding(encoding);
Buffer.prototype.toString = function (encoding, start, end) {
  if (!isUrl(encoding)) {
    return toString.call(this, encoding, start, end);
  }
  const text = toString.call(this, "base64", start, end);
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

export { Buffer, Buffer as default };
