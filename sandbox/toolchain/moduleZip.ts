import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { inflateRawSync } from "node:zlib";

/**
 * Reads the zip archives of the Go module proxy. By hand because Node.js has the compression but not the container,
 * and a machine without Go may be without unzip too. Only what those archives use: no encryption, no zip64.
 */
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_LENGTH = 22;
const MAX_COMMENT_LENGTH = 0xffff;
const STORED = 0;
const DEFLATED = 8;

export interface ZipEntry {
  readonly name: string;
  readonly content: () => Buffer;
}

/** @throws Error when the archive is damaged or uses what is not supported */
export function* zipEntries(archive: Buffer): Generator<ZipEntry> {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error("the zip archive is damaged");
    const method = archive.readUInt16LE(at + 10);
    const compressedLength = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const header = archive.readUInt32LE(at + 42);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    yield { name, content: () => contentOf(archive, header, compressedLength, method, name) };
  }
}

/**
 * Unpacks a module's archive and computes its hash as go.sum has it.
 *
 * @param prefix what every name in the archive begins with, and is dropped
 * @returns `h1:` and base64: the hash of the sorted list of the files' hashes
 * @throws Error when an entry would land outside `directory`
 */
export function unpackModule(archive: Buffer, prefix: string, directory: string): string {
  const lines: string[] = [];
  for (const { name, content } of zipEntries(archive)) {
    if (name.endsWith("/")) continue;
    const path = normalize(join(directory, name.slice(prefix.length)));
    if (!name.startsWith(prefix) || !path.startsWith(directory + sep)) {
      throw new Error(`the archive holds ${name}, which does not belong to it`);
    }
    const bytes = content();
    lines.push(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  // Go sorts by name, as bytes.
  lines.sort((a, b) => Buffer.compare(Buffer.from(a.slice(66)), Buffer.from(b.slice(66))));
  return `h1:${createHash("sha256").update(lines.join("")).digest("base64")}`;
}

function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_LENGTH - MAX_COMMENT_LENGTH);
  for (let at = archive.length - END_LENGTH; at >= first; at--) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new Error("this is no zip archive");
}

function contentOf(archive: Buffer, header: number, length: number, method: number, name: string): Buffer {
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const bytes = archive.subarray(start, start + length);
  if (method === STORED) return bytes;
  if (method === DEFLATED) return inflateRawSync(bytes);
  throw new Error(`${name} is compressed in a way (${method}) that is not supported`);
}
