import { fileTypeFromBuffer } from 'file-type/core'
import { containsResidentNumber } from '../matters/forms/resident-number'
import type { DocumentType } from './document'

/** Why a document is not taken; `evidence:refusal` says each with what to do instead. */
export type Refusal =
  | 'missing'
  | 'kind'
  | 'empty'
  | 'too_large'
  | 'text_too_large'
  /** zip and the like; word processors' files are zips too */
  | 'archive'
  | 'media'
  | 'program'
  | 'page'
  | 'unknown'
  /** two files in one: read differently by different programs */
  | 'mixed'
  | 'resident_number'
  | 'resident_number_in_name'
  | 'too_many'
  | 'too_much'
  | 'closed'

export type Checked = { ok: true; type: DocumentType } | { ok: false; refusal: Refusal }

interface CheckLimits {
  documentBytes: number
  documentTextBytes: number
}

/** file-type needs no more of what we take, and does not unpack anything in so little. */
const headBytes = 4_100

const types: Record<string, DocumentType> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/heic': 'heic',
  'image/heif': 'heic',
  'image/heic-sequence': 'heic',
  'image/heif-sequence': 'heic',
  'application/pdf': 'pdf',
}

/**
 * What a document is by its bytes, whatever its name and its sender say, or why it is not taken. Reads
 * beginnings and ends and unpacks nothing; parsers run elsewhere (parser/).
 */
export async function checkDocument(
  { name, bytes }: { name: string; bytes: Buffer },
  limits: CheckLimits,
): Promise<Checked> {
  const refuse = (refusal: Refusal): Checked => ({ ok: false, refusal })
  if (containsResidentNumber(name)) return refuse('resident_number_in_name')
  if (bytes.length === 0) return refuse('empty')
  if (bytes.length > limits.documentBytes) return refuse('too_large')
  const head = bytes.subarray(0, headBytes)
  if (startsLikePage(head)) return refuse('page')
  const found = await fileTypeFromBuffer(head)
  if (!found) return checkText(bytes, limits)
  const type = types[found.mime]
  if (!type) return refuse(refusalOf(found.mime))
  return isMixed(type, bytes) ? refuse('mixed') : { ok: true, type }
}

function refusalOf(mime: string): Refusal {
  if (/^(audio|video)\//.test(mime)) return 'media'
  if (
    /zip|compressed|x-(7z|rar|tar|gtar|bzip2|xz|lzip|cfb)|rar|officedocument|opendocument|rtf|msword/.test(
      mime,
    )
  ) {
    return 'archive'
  }
  if (/x-(msdownload|elf|mach-binary|executable|sharedlib|dosexec)|java|wasm/.test(mime))
    return 'program'
  if (/xml|html/.test(mime)) return 'page'
  return 'unknown'
}

function checkText(bytes: Buffer, limits: CheckLimits): Checked {
  const text = decodeText(bytes)
  if (text === null) return { ok: false, refusal: 'unknown' }
  if (text.trim() === '') return { ok: false, refusal: 'empty' }
  if (bytes.length > limits.documentTextBytes) return { ok: false, refusal: 'text_too_large' }
  if (containsResidentNumber(text)) return { ok: false, refusal: 'resident_number' }
  return { ok: true, type: 'text' }
}

/** UTF-8, UTF-16 with its mark, or the Korean of older Windows; null when it is no text at all. */
export function decodeText(bytes: Buffer): string | null {
  const marked =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? ['utf-16le']
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? ['utf-16be']
        : ['utf-8', 'euc-kr']
  for (const encoding of marked) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
      // What no keyboard makes: then it is some format that we do not know.
      if (!/[^\P{Cc}\t\n\r\f]/u.test(text)) return text
    } catch {
      // Not that one.
    }
  }
  return null
}

/** What a browser could take for a page or a drawing with scripts, or a shell for a program. */
function startsLikePage(head: Buffer): boolean {
  const text = head.toString('latin1').replace(/^(\xef\xbb\xbf|\0)*\s*/, '')
  return /^(<\?xml|<!doctype|<!--|<(html|head|body|svg|script|iframe|math|style|a|img|div|p)\b|#!)/i.test(
    text,
  )
}

const zipEnd = Buffer.from('PK\x05\x06', 'latin1')
/** The record of a zip's end may be followed by a comment of 64 KB at most. */
const zipTailBytes = 22 + 0xffff

/**
 * Whether a second file hides in this one. A zip is read from its end, so it can follow anything; a PDF
 * may begin within the first kilobyte; a page begins wherever a careless browser looks for it. What phones
 * append to photographs (moving pictures, depth) is none of these.
 */
function isMixed(type: DocumentType, bytes: Buffer): boolean {
  const tail = bytes.subarray(Math.max(0, bytes.length - zipTailBytes))
  if (tail.includes(zipEnd)) return true
  if (type === 'pdf') return !bytes.subarray(0, 5).equals(Buffer.from('%PDF-'))
  if (bytes.subarray(0, 1_024 + 5).includes('%PDF-')) return true
  return ['<script', '<SCRIPT', '<html', '<HTML', '<?php'].some((mark) => bytes.includes(mark))
}
