/* A bundle: its files by name, each with its size and its bytes as a stream. From a ZIP, a folder, or plain texts. */
(function (ZJK) {
  "use strict";

  const W = ZJK.words.bundle;

  /** What was given is no bundle, or cannot be read here; the message says why (exit status 2 of the protocol). */
  class NotABundle extends Error {}

  const ENTRIES = 20000, BYTES = 8e9, PIECE = 1 << 18;

  async function* streamed(stream) {
    const reader = stream.getReader();
    for (;;) {
      const {value, done} = await reader.read();
      if (done) return;
      yield value;
    }
  }

  /** {path: text}: what tests and other programs hand in. */
  ZJK.bundleOfTexts = (texts) => {
    const files = new Map();
    for (const path of Object.keys(texts)) {
      const bytes = new TextEncoder().encode(texts[path]);
      files.set(path, {
        size: bytes.length,
        chunks: async function* () { for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE); },
      });
    }
    return files;
  };

  /** [{path, file}]: the files of a folder, without the folder's own name. */
  ZJK.bundleOfFolder = (list) => {
    const files = new Map();
    for (const {path, file} of list) files.set(path, {size: file.size, chunks: () => streamed(file.stream())});
    return files;
  };

  const CRC = new Int32Array(256).map((_zero, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });

  /** The files of a ZIP by its central directory, which alone knows the sizes where data descriptors are used. */
  ZJK.bundleOfZip = async (blob) => {
    const part = async (from, length) => new DataView(await blob.slice(from, from + length).arrayBuffer());
    const tailAt = Math.max(0, blob.size - 65557), tail = await part(tailAt, blob.size);
    let end = tail.byteLength - 22;
    while (end >= 0 && !(tail.getUint32(end, true) === 0x06054b50 && end + 22 + tail.getUint16(end + 20, true) === tail.byteLength)) end--;
    if (end < 0) throw new NotABundle(W.noZip);
    const count = tail.getUint16(end + 10, true), size = tail.getUint32(end + 12, true), offset = tail.getUint32(end + 16, true);
    if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) throw new NotABundle(W.zip64);
    if (tail.getUint16(end + 4, true) || tail.getUint16(end + 6, true) || tail.getUint16(end + 8, true) !== count) throw new NotABundle(W.parts);
    if (count > ENTRIES) throw new NotABundle(W.entries(count, ENTRIES));
    // What stands before the archive shifts every offset.
    const shift = tailAt + end - size - offset;
    if (shift < 0) throw new NotABundle(W.directory);
    const directory = await part(shift + offset, size), files = new Map(), utf8 = new TextDecoder();
    let at = 0, bytes = 0;
    for (let n = 0; n < count; n++) {
      if (at + 46 > size || directory.getUint32(at, true) !== 0x02014b50) throw new NotABundle(W.directory);
      const lengths = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
      if (at + 46 + lengths[0] > size) throw new NotABundle(W.directory);
      const one = {
        path: utf8.decode(new Uint8Array(directory.buffer, at + 46, lengths[0])), flags: directory.getUint16(at + 8, true),
        method: directory.getUint16(at + 10, true), crc: directory.getInt32(at + 16, true), packed: directory.getUint32(at + 20, true),
        size: directory.getUint32(at + 24, true), at: shift + directory.getUint32(at + 42, true),
      };
      at += 46 + lengths[0] + lengths[1] + lengths[2];
      if (one.flags & 0x2041) throw new NotABundle(W.encrypted(one.path));
      if (one.size === 0xffffffff || one.packed === 0xffffffff) throw new NotABundle(W.zip64);
      if (one.method !== 0 && one.method !== 8) throw new NotABundle(W.method(one.path, one.method));
      if (files.has(one.path)) throw new NotABundle(W.twice(one.path));
      bytes += one.size;
      files.set(one.path, {size: one.size, chunks: () => unpacked(blob, part, one)});
    }
    if (bytes > BYTES) throw new NotABundle(W.size(bytes, BYTES));
    return files;
  };

  async function* unpacked(blob, part, one) {
    const local = await part(one.at, 30);
    if (local.byteLength < 30 || local.getUint32(0, true) !== 0x04034b50) throw new NotABundle(W.damaged(one.path));
    const from = one.at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    let stream = blob.slice(from, from + one.packed).stream();
    if (one.method === 8) {
      try {
        stream = stream.pipeThrough(new DecompressionStream("deflate-raw"));
      } catch {
        throw new NotABundle(W.noInflate);
      }
    }
    let crc = -1, size = 0;
    try {
      for await (const chunk of streamed(stream)) {
        size += chunk.length;
        if (size > one.size) break;
        for (let at = 0; at < chunk.length; at++) crc = CRC[(crc ^ chunk[at]) & 255] ^ (crc >>> 8);
        yield chunk;
      }
    } catch (error) {
      throw error instanceof NotABundle ? error : new NotABundle(W.damaged(one.path));
    }
    if (size !== one.size || ~crc !== one.crc) throw new NotABundle(W.damaged(one.path));
  }

  ZJK.NotABundle = NotABundle;
})(self.ZJK = self.ZJK || {});
