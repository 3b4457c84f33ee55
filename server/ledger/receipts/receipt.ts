/**
 * The receipt of a claim: one entry of the ledger, what opens its commitment, and the proof that the
 * entry is in the tree. In the same way signed papers carry the entry of their confirmation, and what was
 * signed. Browsers run this file too, so nothing here may need Node.
 */

/** What a receipt rests on; the rest of it can be made anew from the published ledger. */
export interface ReceiptCore {
  /** public part of the entry, the bytes that are in the tree */
  entry: string
  /** private part, RFC 8785 JSON: ids, counts and codes, the claim number among them */
  private: string
  /** 32 bytes in hex; without it nobody can tell what the entry is about */
  salt: string
}

export interface Receipt extends ReceiptCore {
  /** of a filed claim, or of signed papers that were confirmed */
  kind: 'filed' | 'signed'
  /** claim number; the same stands in `private` */
  number: string
  /** the matter's slug; the same stands in `entry` */
  matter: string
  /** moment of filing or of the confirmation, ISO, UTC; the same stands in `entry` and in `private` */
  at: string
  /** C2SP tlog-proof: place in the tree, audit path, signed checkpoint; null until the entry has its place */
  proof: string | null
  /** what was shown and signed, as RFC 8785 JSON; null for a claim, and in a link to signed papers */
  document: string | null
}

/** What the link of a QR code carries: everything but what the verifier fetches itself. */
export interface LinkedReceipt extends ReceiptCore {
  /** place in the tree; null when it had none yet */
  index: number | null
}

const formats = { filed: 'joinder-receipt', signed: 'joinder-signed' } as const
const version = 1
const texts = ['number', 'matter', 'at', 'entry', 'private', 'salt'] as const

/**
 * The receipt with its facts read from the entry. Throws when the core is neither that of a filed claim nor
 * that of confirmed papers.
 */
export function receiptOf(
  core: ReceiptCore,
  proof: string | null,
  document: string | null = null,
): Receipt {
  const own = JSON.parse(core.private) as Record<string, unknown>
  const entry = JSON.parse(core.entry) as Record<string, unknown>
  const kind = own['kind'] === 'authority.confirmed' ? 'signed' : 'filed'
  const { number } = own
  const { at } = entry
  // The public part of what is not counted names no case.
  const { matter } = kind === 'signed' ? own : entry
  if (typeof number !== 'string' || typeof matter !== 'string' || typeof at !== 'string') {
    throw new Error('this entry is not that of a filed claim or of signed papers')
  }
  const { salt } = core
  return {
    kind,
    number,
    matter,
    at,
    entry: core.entry,
    private: core.private,
    salt,
    proof,
    document,
  }
}

/** The receipt as a text that people keep and `/verify` reads. */
export function formatReceipt(receipt: Receipt): string {
  const { kind, number, matter, at, entry, salt, proof, document } = receipt
  const ordered = { number, matter, at, entry, private: receipt.private, salt, proof }
  const own = kind === 'signed' ? { ...ordered, document } : ordered
  return `${JSON.stringify({ format: formats[kind], version, ...own }, null, 2)}\n`
}

/**
 * Reads a receipt that was pasted or picked as a file; null when it is none, or when anything but white
 * space around it and the kind of its line ends differs from what `formatReceipt` writes.
 */
export function parseReceipt(text: string): Receipt | null {
  const plain = `${text
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n')
    .trim()}\n`
  const read = readJson(plain)
  if (!read || read['version'] !== version) return null
  const kind = (['filed', 'signed'] as const).find((one) => formats[one] === read['format'])
  if (!kind) return null
  const { proof, document = null } = read
  if (!texts.every((name) => typeof read[name] === 'string')) return null
  if (proof !== null && typeof proof !== 'string') return null
  if (document !== null && typeof document !== 'string') return null
  const receipt = { ...read, kind, document } as unknown as Receipt
  return formatReceipt(receipt) === plain ? receipt : null
}

/** The part of an address after `/verify#`. */
export function encodeLink({ entry, private: own, salt, index }: LinkedReceipt): string {
  return toBase64url(new TextEncoder().encode(JSON.stringify([entry, own, salt, index])))
}

/** What `encodeLink` wrote, or null. */
export function decodeLink(fragment: string): LinkedReceipt | null {
  const bytes = fromBase64url(fragment)
  const read = bytes && readJson(new TextDecoder().decode(bytes))
  if (!Array.isArray(read) || read.length !== 4) return null
  const [entry, own, salt, index] = read as unknown[]
  if (typeof entry !== 'string' || typeof own !== 'string' || typeof salt !== 'string') return null
  if (index !== null && !Number.isSafeInteger(index)) return null
  return { entry, private: own, salt, index: index as number | null }
}

const pdfMark = 'joinder-receipt:'

/** The receipt as one word for the properties of a PDF, so that the paper's file can be checked too. */
export function pdfProperty(receipt: Receipt): string {
  return pdfMark + toBase64url(new TextEncoder().encode(formatReceipt(receipt)))
}

/**
 * The text of a receipt in whatever file somebody has picked: the text itself, or our PDF. Empty when
 * nothing in the file says that it is a receipt.
 */
export function receiptTextIn(file: Uint8Array): string {
  const isPdf = file[0] === 0x25 && file[1] === 0x50 && file[2] === 0x44 && file[3] === 0x46
  if (!isPdf) {
    const text = new TextDecoder().decode(file)
    return Object.values(formats).some((one) => text.includes(one)) ? text : ''
  }
  // Properties stand uncompressed in the file; nothing of the PDF is parsed.
  const found = new RegExp(`${pdfMark}([A-Za-z0-9_-]+)`).exec(
    new TextDecoder('latin1').decode(file),
  )
  const bytes = found && fromBase64url(found[1]!)
  return bytes ? new TextDecoder().decode(bytes) : ''
}

function readJson(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' ? (read as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return null
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
