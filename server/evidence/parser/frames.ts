import type { DocumentType, ViewProblem } from '../document'

/** What the parsing process is asked. */
export interface ParseQuestion {
  /** `search`: does the text hold a resident registration number; `draw`: pages to look at */
  task: 'search' | 'draw'
  type: DocumentType
  /** most pages to draw */
  pages: number
  /** longer side of a page, in pixels */
  side: number
  /** most pixels of an image that is read */
  pixels: number
}

export type ParseAnswer =
  | { found: boolean }
  /** `total` counts those that were not drawn as well */
  | { pages: Buffer[]; total: number }
  | { problem: ViewProblem }

/** Both directions: four bytes big-endian, so much JSON, then bytes. */
export function packQuestion(question: ParseQuestion, bytes: Buffer): Buffer[] {
  return [...lead(question), bytes]
}

export function unpackQuestion(packed: Buffer): { question: ParseQuestion; bytes: Buffer } {
  const { json, rest } = split(packed)
  return { question: json as ParseQuestion, bytes: rest }
}

export function packAnswer(answer: ParseAnswer): Buffer {
  if (!('pages' in answer)) return Buffer.concat(lead(answer))
  const { pages, total } = answer
  return Buffer.concat([...lead({ sizes: pages.map(({ length }) => length), total }), ...pages])
}

/** @throws Error when it is no answer of that shape: whoever parsed may have been taken over */
export function unpackAnswer(packed: Buffer): ParseAnswer {
  const { json, rest } = split(packed)
  const { found, problem, sizes, total } = json as Record<string, unknown>
  if (typeof found === 'boolean') return { found }
  if (problems.some((one) => one === problem)) return { problem: problem as ViewProblem }
  if (!Array.isArray(sizes) || !Number.isSafeInteger(total)) throw new Error('no answer')
  let from = 0
  const pages = sizes.map((size: unknown) => {
    if (!Number.isSafeInteger(size) || (size as number) < 1) throw new Error('no answer')
    const page = rest.subarray(from, (from += size as number))
    // JPEG: whatever else it wants to hand on is not shown.
    if (page.length !== size || page.readUIntBE(0, 3) !== 0xffd8ff) throw new Error('no page')
    return page
  })
  return { pages, total: total as number }
}

const problems: readonly ViewProblem[] = ['too_large', 'password', 'unreadable']

function lead(json: object): Buffer[] {
  const text = Buffer.from(JSON.stringify(json))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return [length, text]
}

function split(packed: Buffer): { json: unknown; rest: Buffer } {
  const end = 4 + packed.readUInt32BE(0)
  return {
    json: JSON.parse(packed.subarray(4, end).toString('utf8')),
    rest: packed.subarray(end),
  }
}
