/** Stands for a module that there is not, or for a part of it: it can be passed around, and fails when it is called. */
module.exports = function missing(text) {
  const fail = () => {
    throw new Error(text);
  };
  return new Proxy(function () {}, {
    apply: fail,
    construct: fail,
    get: (target, name) => (typeof name === "symbol" || name in target || name === "then" ? target[name] : missing(text)),
  });
};
