// Checks a static log with npm's @sigstore/verify: the checkpoint's signature, and the inclusion of
// every entry.
//
// Usage: node verify.js MODULES DIR VKEY
//
// MODULES is where package.json was installed. Proofs are made here, from the hashes in the tiles;
// what they are checked against, the checkpoint and the entries, is read apart from those.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const [modules, dir, vkey] = process.argv.slice(2);
const distributed = path.resolve(modules, 'node_modules/@sigstore/verify/dist/tlog');
const { verifyCheckpoint } = require(path.join(distributed, 'checkpoint.js'));
const { verifyMerkleInclusion } = require(path.join(distributed, 'merkle.js'));

const WIDTH = 256;
const HASH = 32;

// Files of `size` hashes or entries, in order; paths of an index below 1000 only.
function read(kind, size) {
  const files = [];
  for (let begin = 0; begin < size; begin += WIDTH) {
    const width = Math.min(WIDTH, size - begin);
    const name = String(begin / WIDTH).padStart(3, '0') + (width < WIDTH ? `.p/${width}` : '');
    files.push(fs.readFileSync(path.join(dir, 'tile', kind, name)));
  }
  return files;
}

function entriesOf(bundle) {
  const entries = [];
  for (let at = 0; at < bundle.length; ) {
    const length = bundle.readUInt16BE(at);
    entries.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}

function split(count) {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}

// RFC 6962, section 2.1, over leaf hashes.
const roots = new Map();
function root(leaves, begin, end) {
  if (end - begin === 1) return leaves[begin];
  const name = `${begin} ${end}`;
  if (!roots.has(name)) {
    const middle = begin + split(end - begin);
    const parts = [Buffer.of(1), root(leaves, begin, middle), root(leaves, middle, end)];
    roots.set(name, crypto.createHash('sha256').update(Buffer.concat(parts)).digest());
  }
  return roots.get(name);
}
function proof(leaves, index, begin, end) {
  if (end - begin === 1) return [];
  const middle = begin + split(end - begin);
  return index < middle
    ? [...proof(leaves, index, begin, middle), root(leaves, middle, end)]
    : [...proof(leaves, index, middle, end), root(leaves, begin, middle)];
}

const [name, id] = vkey.split('+', 2);
const blob = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64');
const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), blob.subarray(1)]);
const log = {
  logID: Buffer.from(id, 'hex'),
  baseURL: name,
  publicKey: crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }),
};

const envelope = fs.readFileSync(path.join(dir, 'checkpoint'), 'utf8');
const checkpoint = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, [log]);
const size = Number(checkpoint.logSize);
const leaves = [];
for (const tile of read('0', size))
  for (let at = 0; at < tile.length; at += HASH) leaves.push(tile.subarray(at, at + HASH));
const entries = read('entries', size).flatMap(entriesOf);
if (checkpoint.origin !== name || leaves.length !== size || entries.length !== size)
  throw new Error('origin or size is not what the checkpoint says');
entries.forEach((entry, index) => {
  const hashes = proof(leaves, index, 0, size);
  verifyMerkleInclusion(
    { canonicalizedBody: entry, inclusionProof: { logIndex: String(index), hashes } },
    checkpoint);
});
console.log(`${dir}: ${size} entries`);
