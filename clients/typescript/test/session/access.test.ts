import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeOf, sessionAt, type TestSessionOptions, textsOf } from "../support/journal.js";
import { TestUowd } from "../support/uowd.js";

const directory = mkdtempSync(join(tmpdir(), "uow-tls-"));
const certificate = join(directory, "cert.pem");
const key = join(directory, "key.pem");
const tokens = join(directory, "tokens");
let uowd: TestUowd;
let endpoint: string;

beforeAll(async () => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...newKey, "-out", certificate, ...subject], { stdio: "ignore" });
  writeFileSync(tokens, "a-token-of-some-length\n");
  uowd = await TestUowd.start("--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key, "--token-file", tokens);
  endpoint = `https://localhost:${uowd.port}`;
});

afterAll(async () => {
  await uowd.remove();
  rmSync(directory, { recursive: true });
});

async function record(to: string, options: TestSessionOptions): Promise<string[]> {
  const { session } = sessionAt(to, { patience: 300, ...options });
  try {
    session.append([changeOf(1, "over TLS")]);
    await session.flush();
    return await textsOf(session);
  } finally {
    await session.detach();
  }
}

test("a service behind TLS takes calls with its token", async () => {
  expect(await record(endpoint, { token: "a-token-of-some-length", certificates: certificate })).toEqual(["over TLS"]);
});

test("a wrong token is said at once, and a right one is wanted on unix sockets too", async () => {
  await expect(record(endpoint, { token: "wrong", certificates: certificate })).rejects.toMatchObject({
    reason: "UNAUTHENTICATED",
  });
  await expect(record(uowd.endpoint, {})).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
});

test("a service that isn't trusted gets nothing", async () => {
  await expect(record(endpoint, { token: "a-token-of-some-length" })).rejects.toMatchObject({ reason: "UOWD_UNAVAILABLE" });
});

test("certificates that can't be read are said", async () => {
  await expect(record(endpoint, { certificates: join(directory, "none.pem") })).rejects.toMatchObject({
    reason: "ENDPOINT_INVALID",
  });
});

test("something that isn't uowd is said to be none", async () => {
  const { Server, ServerCredentials } = await import("@grpc/grpc-js");
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  await expect(record(`127.0.0.1:${port}`, {})).rejects.toMatchObject({ reason: "UOWD_VERSION_MISMATCH" });
  server.forceShutdown();
});
