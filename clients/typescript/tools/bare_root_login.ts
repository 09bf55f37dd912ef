// A program of a user's, for the bare root: the package's uowd logs in to a server that asks for `caching_sha2_password`, as MySQL 8 does. The
// server is a stand-in that checks the password and then refuses whoever knows it; that uowd passes this refusal on is what counts. What
// it speaks is described in MySQL's documentation, "Protocol::HandshakeV10" and "Caching_sha2_password information".
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { int, mysqlTable } from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql-proxy";
import { createUow } from "drizzle-uow";

const password = "wrench-and-ladder";
const plugin = "caching_sha2_password";

const sha256 = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const text = (value: string) => Buffer.from(`${value}\0`);

function packet(sequence: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([body.length & 255, body.length >> 8, 0, sequence]), body]);
}

/** What only the one who knows the password can make of the nonce. */
function scramble(nonce: Buffer): Buffer {
  const once = sha256(Buffer.from(password));
  const mask = sha256(sha256(once), nonce);
  return Buffer.from(once.map((byte, i) => byte ^ (mask[i] ?? 0)));
}

function greeting(nonce: Buffer): Buffer {
  // PROTOCOL_41, CONNECT_WITH_DB, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH
  const capabilities = 0x8_a20f;
  const numbers = Buffer.alloc(8);
  numbers.writeUInt16LE(capabilities & 0xffff, 0);
  numbers[2] = 45; // utf8mb4
  numbers.writeUInt16LE(2, 3);
  numbers.writeUInt16LE(capabilities >> 16, 5);
  numbers[7] = nonce.length + 1;
  const head = [Buffer.from([10]), text("8.0.36"), Buffer.from([1, 0, 0, 0]), nonce.subarray(0, 8), Buffer.alloc(1), numbers];
  return packet(0, ...head, Buffer.alloc(10), nonce.subarray(8), Buffer.alloc(1), text(plugin));
}

function refusal(sequence: number, message: string): Buffer {
  const code = Buffer.alloc(3, 255);
  code.writeUInt16LE(1045, 1);
  return packet(sequence, code, Buffer.from(`#28000${message}`));
}

async function serve(socket: Socket): Promise<void> {
  socket.on("error", () => {});
  const nonce = Buffer.from(randomBytes(20).map((byte) => (byte % 100) + 1));
  socket.write(greeting(nonce));
  await once(socket, "data");
  socket.write(packet(2, Buffer.from([0xfe]), text(plugin), nonce, Buffer.alloc(1)));
  const [answer] = (await once(socket, "data")) as [Buffer];
  const isRight = answer.subarray(4).equals(scramble(nonce));
  socket.end(refusal(answer.readUInt8(3) + 1, isRight ? "the password is right, and that is all" : "the password is wrong"));
}

const server = createServer((socket) => void serve(socket));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const [program = ""] = process.argv.slice(2);
const endpoint = `unix:${process.cwd()}/login.sock`;
const target = `main=mysql://ann:${password}@127.0.0.1:${port}/shop`;
const uowd = spawn(program, ["--data-dir", "login", "--listen", endpoint, "--target", target, "--log-level", "error"], {
  stdio: ["ignore", "pipe", "inherit"],
});
await once(uowd.stdout, "data");

const users = mysqlTable("users", { id: int("id").primaryKey() });
const uow = createUow(
  drizzle(async () => ({ rows: [] })),
  { schema: { users }, target: "main", endpoint },
);
uow.users.create({ id: 1 });
await uow.save().then(
  () => console.log("It was saved, which can't be."),
  (error: unknown) => console.log(String(error)),
);
await uow.close();
uowd.kill();
server.close();
