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
  const parts = receiptParts.map((part) => ({ part, state: states[part] }))
  const all = parts.map(({ state }) => state)
  const verdict = all.includes('wrong') ? 'wrong' : all.includes('waiting') ? 'waiting' : 'right'
  return { receipt, parts, verdict, index: proof?.index ?? null }
}

const noProof = { inclusion: 'waiting', signature: 'waiting' } as const

const state = (right: boolean): PartState => (right ? 'right' : 'wrong')
const bytesOf = (text: string) => new TextEncoder().encode(text)

function facts(receipt: Receipt) {
  const entry = read(receipt.entry)
  const own = read(receipt.private)
  const filed = entry['type'] === 'claim.filed' && own['kind'] === 'claim.filed'
  const salt = fromHex(receipt.salt)
  return {
    number: state(filed && own['number'] === receipt.number),
    matter: state(entry['matter'] === receipt.matter),
    time: state(entry['at'] === receipt.at && own['at'] === receipt.at),
    commitment: state(
      salt !== null && toHex(hmacSha256(salt, bytesOf(receipt.private))) === entry['c'],
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
