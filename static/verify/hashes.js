/* SM3 (GB/T 32905) and SHA-256 over bytes. `crypto.subtle` knows no SM3 and is missing on plain http. */
(function (ZJK) {
  "use strict";

  const SHA256_K = new Int32Array(64), SM3_T = new Int32Array(64);
  const SHA256_IV = new Int32Array(8), SM3_IV = Int32Array.of(
    0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
  );

  /* The constants of SHA-256 are the fractions of the roots of the first primes, so none has to be copied. */
  (function () {
    const fraction = (root) => ((root - Math.floor(root)) * 4294967296) | 0;
    let found = 0;
    for (let n = 2; found < 64; n++) {
      let prime = true;
      for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
      if (!prime) continue;
      if (found < 8) SHA256_IV[found] = fraction(Math.sqrt(n));
      SHA256_K[found++] = fraction(Math.cbrt(n));
    }
    for (let j = 0; j < 64; j++) {
      const t = j < 16 ? 0x79cc4519 : 0x7a879d8a, by = j % 32;
      SM3_T[j] = by ? (t << by) | (t >>> (32 - by)) : t;
    }
  })();

  const W = new Int32Array(68);

  function sha256Block(state, bytes, at) {
    for (let j = 0; j < 16; j++, at += 4) W[j] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let j = 16; j < 64; j++) {
      const x = W[j - 15], y = W[j - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      W[j] = (W[j - 16] + s0 + W[j - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let j = 0; j < 64; j++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + SHA256_K[j] + W[j]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0;
      d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }

  function sm3Block(state, bytes, at) {
    for (let j = 0; j < 16; j++, at += 4) W[j] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let j = 16; j < 68; j++) {
      const y = W[j - 3], z = W[j - 13];
      const x = W[j - 16] ^ W[j - 9] ^ ((y << 15) | (y >>> 17));
      W[j] = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9)) ^ ((z << 7) | (z >>> 25)) ^ W[j - 6];
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let j = 0; j < 64; j++) {
      const a12 = (a << 12) | (a >>> 20), s = (a12 + e + SM3_T[j]) | 0;
      const ss1 = (s << 7) | (s >>> 25), ss2 = ss1 ^ a12;
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + ss2 + (W[j] ^ W[j + 4])) | 0, tt2 = (gg + h + ss1 + W[j]) | 0;
      d = c; c = (b << 9) | (b >>> 23); b = a; a = tt1;
      h = g; g = (f << 19) | (f >>> 13); f = e; e = tt2 ^ ((tt2 << 9) | (tt2 >>> 23)) ^ ((tt2 << 17) | (tt2 >>> 15));
    }
    state[0] ^= a; state[1] ^= b; state[2] ^= c; state[3] ^= d; state[4] ^= e; state[5] ^= f; state[6] ^= g; state[7] ^= h;
  }

  const DIGITS = Uint8Array.from("0123456789abcdef", (one) => one.charCodeAt(0));
  const hexBytes = new Uint8Array(64);

  /** A hash that is fed piece by piece. `copy` takes over the state of another one, so a common beginning is hashed once. */
  class Hasher {
    constructor(algorithm) {
      this.compress = algorithm === "sm3" ? sm3Block : sha256Block;
      this.state = Int32Array.from(algorithm === "sm3" ? SM3_IV : SHA256_IV);
      this.block = new Uint8Array(64);
      this.used = 0;
      this.length = 0;
    }

    copy(other) {
      this.state.set(other.state);
      for (let j = 0; j < other.used; j++) this.block[j] = other.block[j];
      this.used = other.used;
      this.length = other.length;
      return this;
    }

    bytes(bytes) {
      let at = 0;
      this.length += bytes.length;
      if (this.used) {
        const part = bytes.subarray(0, 64 - this.used);
        this.block.set(part, this.used);
        this.used += part.length;
        at = part.length;
        if (this.used < 64) return this;
        this.compress(this.state, this.block, 0);
        this.used = 0;
      }
      for (; at + 64 <= bytes.length; at += 64) this.compress(this.state, bytes, at);
      this.block.set(bytes.subarray(at));
      this.used = bytes.length - at;
      return this;
    }

    /** ASCII text. */
    text(text) {
      const block = this.block;
      let used = this.used;
      for (let j = 0; j < text.length; j++) {
        block[used++] = text.charCodeAt(j);
        if (used === 64) {
          this.compress(this.state, block, 0);
          used = 0;
        }
      }
      this.used = used;
      this.length += text.length;
      return this;
    }

    /** Pads; `state` then holds the hash as eight words. Nothing more can be fed. */
    finish() {
      const block = this.block;
      block[this.used++] = 0x80;
      if (this.used > 56) {
        block.fill(0, this.used);
        this.compress(this.state, block, 0);
        this.used = 0;
      }
      block.fill(0, this.used, 56);
      const high = Math.floor(this.length / 536870912), low = this.length << 3;
      for (let j = 0; j < 4; j++) {
        block[56 + j] = high >>> (24 - 8 * j);
        block[60 + j] = low >>> (24 - 8 * j);
      }
      this.compress(this.state, block, 0);
      return this;
    }

    /** The finished hash as 64 lower-case hex figures. */
    hex() {
      for (let j = 0; j < 8; j++) {
        const word = this.state[j];
        for (let k = 0; k < 8; k++) hexBytes[8 * j + k] = DIGITS[(word >>> (28 - 4 * k)) & 15];
      }
      return String.fromCharCode.apply(null, hexBytes);
    }
  }

  ZJK.Hasher = Hasher;
  /** `h` of the protocol, of an ASCII text. */
  ZJK.h = (algorithm, text) => new Hasher(algorithm).text(text).finish().hex();
})(self.ZJK = self.ZJK || {});
