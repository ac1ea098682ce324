// `node -r bind_loopback.cjs …`: the emulator hard-codes 0.0.0.0, and nobody else is to reach it.
const { Server } = require("node:net");
const listen = Server.prototype.listen;

Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === "object") {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  return listen.call(this, first, "127.0.0.1", ...rest.filter((argument) => typeof argument === "function"));
};
