import { openNote, parseCheckpoint, type LogKey } from '../tree/checkpoint'
import { rootOfInclusion, sameBytes } from '../tree/proofs'
import { parseTlogProof, type TlogProof } from '../tree/tlog-proof'
import { checkSignature, hmacSha256, leafHash, nodeHash, sha256 } from './primitives'
import { parseReceipt, type Receipt } from './receipt'

/** The parts of a receipt, in the order in which they are checked and shown. */
export const receiptParts = [
  /** the text is a receipt at all */
  'format',
  /** claim number, case and time are those of the entry */
  'number',
  'matter',
  'time',
  /** salt and private part are what the entry committed to */
  'commitment',
  /** of signed papers: what was signed is what the private part names by its hash */
  'document',
  /** the entry is in the tree of the checkpoint */
  'inclusion',
  /** the checkpoint carries the ledger's signature */
  'signature',
] as const
export type ReceiptPart = (typeof receiptParts)[number]

/** `waiting`: the receipt was made before its entry had a place in the tree. */
export type PartState = 'right' | 'wrong' | 'waiting'

export interface CheckedReceipt {
  /** null when the text is no receipt */
  receipt: Receipt | null
  /** a text that is no receipt has only its first part, wrong */
  parts: { part: ReceiptPart; state: PartState }[]
  verdict: PartState
  /** where in the tree the receipt says its entry stands, from 0; null when it says nothing of it */
  index: number | null
}

/**
 * Checks everything about a receipt that can be checked without asking anyone, against the keys the
 * ledger is known to sign with. The same code runs in the visitor's browser and, without JavaScript, on
 * the server.
 */
export function checkReceipt(text: string, keys: readonly LogKey[]): CheckedReceipt {
  const receipt = parseReceipt(text)
  if (!receipt) {
    return { receipt, parts: [{ part: 'format', state: 'wrong' }], verdict: 'wrong', index: null }
  }
  const proof = receipt.proof === null ? null : parseTlogProof(receipt.proof)
  const states: Record<ReceiptPart, PartState> = {
    format: 'right',
    ...facts(receipt),
    ...(receipt.proof === null ? noProof : checkProof(receipt.entry, proof, keys)),
  }
  const parts = receiptParts
    .filter((part) => part !== 'document' || receipt.document !== null)
    .map((part) => ({ part, state: states[part] }))
  const all = parts.map(({ state }) => state)
  const verdict = all.includes('wrong') ? 'wrong' : all.includes('waiting') ? 'waiting' : 'right'
  return { receipt, parts, verdict, index: proof?.index ?? null }
}

const noProof = { inclusion: 'waiting', signature: 'waiting' } as const

const state = (right: boolean): PartState => (right ? 'right' : 'wrong')
const bytesOf = (text: string) => new TextEncoder().encode(text)

const kinds = {
  filed: { type: 'claim.filed', kind: 'claim.filed' },
  signed: { type: 'private', kind: 'authority.confirmed' },
} as const

function facts(receipt: Receipt) {
  const entry = read(receipt.entry)
  const own = read(receipt.private)
  const expected = kinds[receipt.kind]
  const fits = entry['type'] === expected.type && own['kind'] === expected.kind
  const salt = fromHex(receipt.salt)
  const matter = receipt.kind === 'signed' ? own['matter'] : entry['matter']
  const signed = receipt.document === null ? null : read(receipt.document)
  const same = (name: string) => signed === null || signed[name] === receipt[name as 'number']
  return {
    number: state(fits && own['number'] === receipt.number && same('number')),
    matter: state(matter === receipt.matter && same('matter')),
    time: state(entry['at'] === receipt.at && own['at'] === receipt.at),
    commitment: state(
      salt !== null && toHex(hmacSha256(salt, bytesOf(receipt.private))) === entry['c'],
    ),
    document: state(
      receipt.document !== null &&
        signed !== null &&
        toHex(sha256(bytesOf(receipt.document))) === own['document'] &&
        signed['pack'] === own['pack'],
    ),
  }
}

function checkProof(entry: string, proof: TlogProof | null, keys: readonly LogKey[]) {
  const checkpoint = proof && parseCheckpoint(proof.note)
  const root =
    checkpoint &&
    rootOfInclusion(
      {
        index: proof.index,
        size: checkpoint.size,
        leaf: leafHash(bytesOf(entry)),
        proof: proof.hashes,
      },
      nodeHash,
    )
  const signed = proof && openNote(proof.note, keys, { sha256, checkSignature })
  return {
    inclusion: state(!!root && sameBytes(root, checkpoint.root)),
    signature: state(!!signed),
  }
}

function read(json: string): Record<string, unknown> {
  try {
    return (JSON.parse(json) ?? {}) as Record<string, unknown>
  } catch {
    return {}
  }
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function fromHex(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{64}$/.test(text)) return null
  return Uint8Array.from(text.match(/../g)!, (pair) => parseInt(pair, 16))
}
