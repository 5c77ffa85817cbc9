/** `console.table`: https://nodejs.org/api/console.html#consoletabledata-properties */

import { inspect } from "node-inspect-extracted";

const VALUES = "Values";

/**
 * Draws a table as Node.js does. What is no object is no table: then there is no text.
 *
 * @param {unknown} data Its rows.
 * @param {string[]} [properties] Its columns, if not all.
 */
export function table(data, properties) {
  if (typeof data !== "object" || data === null) {
    return undefined;
  }
  const isIterated = data instanceof Map || data instanceof Set;
  const index = isIterated ? "(iteration index)" : "(index)";
  const rows = rowsOf(data, properties).map(([name, cells]) => [name, new Map(cells)]);
  const names = new Set(rows.flatMap(([, cells]) => [...cells.keys()]));
  // What is no object of its own comes last.
  const columns = [...names].filter((name) => name !== VALUES).concat(names.has(VALUES) ? VALUES : []);
  return draw([index, ...columns], rows.map(([name, cells]) => [name, ...columns.map((column) => cells.get(column) ?? "")]));
}

/** Each row's name, and its cells by their columns. */
function rowsOf(data, properties) {
  if (data instanceof Map) {
    return [...data].map(([key, value], index) => [String(index), [["Key", shown(key)], [VALUES, shown(value)]]]);
  }
  if (data instanceof Set) {
    return [...data].map((value, index) => [String(index), [[VALUES, shown(value)]]]);
  }
  return Object.entries(data).map(([name, row]) => [name, cellsOf(row, properties)]);
}

function cellsOf(row, properties) {
  if (typeof row !== "object" || row === null) {
    return [[VALUES, shown(row)]];
  }
  const columns = properties ?? Object.keys(row);
  return columns.map((column) => [column, Object.hasOwn(row, column) ? shown(row[column]) : ""]);
}

function shown(value) {
  const isLarge = typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 2;
  return inspect(value, { maxArrayLength: 3, breakLength: Infinity, depth: isLarge ? -1 : 0 });
}

function draw(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => width(row[column]))) + 2);
  const line = (row) => `│${row.map((cell, column) => ` ${cell}${" ".repeat(widths[column] - width(cell) - 1)}`).join("│")}│`;
  const rule = (left, middle, right) => left + widths.map((cells) => "─".repeat(cells)).join(middle) + right;
  return [rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤"), ...rows.map(line), rule("└", "┴", "┘")].join("\n");
}

/** In characters, of which some are two units of a string. */
const width = (text) => [...text].length;
