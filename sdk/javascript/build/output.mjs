/** The component's file. A component of the same sources is not made again: it would be another file, which works the same. */

import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";

export class Output {
  #file;
  #sources;

  /**
   * @param {string} file
   * @param {string[]} sources All that the component is made from.
   */
  constructor(file, sources) {
    this.#file = file;
    this.#sources = hash(JSON.stringify(sources));
  }

  /** Writes what `make` makes, unless it is there. */
  async write(make) {
    if (await this.#isMade()) {
      return;
    }
    const component = await make();
    await replace(this.#file, component);
    await replace(this.#note, this.#text(component));
  }

  /** Another file says what the component is, and what it was made from. */
  get #note() {
    return `${this.#file}.made-from`;
  }

  #text(component) {
    return `${hash(component)} of ${this.#sources}\n`;
  }

  async #isMade() {
    try {
      const [component, note] = await Promise.all([readFile(this.#file), readFile(this.#note, "utf8")]);
      return note === this.#text(component);
    } catch {
      return false;
    }
  }
}

function hash(content) {
  return createHash("sha256").update(content).digest("hex");
}

/** Another build may read or write the file at this moment. */
async function replace(file, content) {
  const written = `${file}.${process.pid}`;
  await writeFile(written, content);
  await rename(written, file);
}
