// The simulator listens on every interface and cannot be told otherwise: whatever it opens is opened on loopback alone.
const { Server } = require("net");

const { listen } = Server.prototype;
Server.prototype.listen = function (...given) {
  if (typeof given[0] === "number" && typeof given[1] !== "string") given.splice(1, 0, "127.0.0.1");
  else if (given[0] && given[0].port !== undefined) given[0] = { ...given[0], host: "127.0.0.1" };
  return listen.apply(this, given);
};
