import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of a digest in the file; how it is made, and from what, stands in data/make-common-passwords.mjs. */
const digestBytes = 5
let list: Buffer | undefined

/** Whether that very text is in the shipped list. */
function isListed(text: string): boolean {
  list ??= readFileSync(join(__dirname, 'data', 'common-passwords.bin'))
  const wanted = createHash('sha256').update(text).digest().subarray(0, digestBytes)
  let [low, high] = [0, list.length / digestBytes]
  while (low < high) {
    const middle = (low + high) >> 1
    const order = wanted.compare(list, middle * digestBytes, (middle + 1) * digestBytes)
    if (order === 0) return true
    if (order < 0) high = middle
    else low = middle + 1
  }
  return false
}

/** What stands beside a word is no secret while it is only so many digits and signs. */
const addedMost = 8
const rows = [
  '1234567890-=',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  'abcdefghijklmnopqrstuvwxyz',
]
const columns = ['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik', '9ol', '0p']
const walks = [...rows, ...columns].flatMap((row) => [row, Array.from(row).toReversed().join('')])

/**
 * Whether guessing begins with this password, given in lower case: it is in the shipped list, alone, with
 * digits and signs around it, repeated, or as 한글 gives it on an English keyboard; or fingers that walk
 * over the keyboard give it.
 */
export function isCommonPassword(plain: string): boolean {
  // Once more as keys: 비밀번호 is qlalfqjsgh, whichever way the keyboard was switched.
  return [plain, keysOf(plain)].some((text) => isCommonText(text))
}

function isCommonText(plain: string): boolean {
  const dense = plain.replaceAll(/[\s_-]/g, '')
  // As long as half of it, or it would say nothing.
  const unit = /^(.+?)\1+/u.exec(dense)
  if (unit && unit[0].length > dense.length - 4 && (unit[1]!.length < 5 || isListed(unit[1]!))) {
    return true
  }
  const core = dense.replaceAll(/^[\d\p{P}\p{S}]+|[\d\p{P}\p{S}]+$/gu, '')
  const added = dense.length - core.length
  if ([plain, dense].some(isListed)) return true
  if (core.length >= 4 && added > 0 && added <= addedMost && isListed(core)) return true
  return isWalk(dense)
}

/** Three or four runs over neighbouring keys, however long. */
function isWalk(text: string): boolean {
  let rest = text
  for (let run = 0; run < 4 && rest !== ''; run++) {
    let length = 0
    for (const walk of walks) {
      while (length < rest.length && walk.includes(rest.slice(0, length + 1))) length++
    }
    if (length < 3) return false
    rest = rest.slice(length)
  }
  return rest === ''
}

const initials = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
const vowels = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
const finals = ' r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')
const firstSyllable = 0xac00
const lastSyllable = 0xd7a3

/** Korean syllables as the keys that type them on the usual keyboard (두벌식), in lower case. */
function keysOf(text: string): string {
  return Array.from(text.normalize('NFC'), (one) => {
    const code = one.codePointAt(0)!
    if (code < firstSyllable || code > lastSyllable) return one
    const index = code - firstSyllable
    const vowel = vowels[Math.floor((index % 588) / 28)]!
    return initials[Math.floor(index / 588)]! + vowel + finals[index % 28]!
  })
    .join('')
    .toLowerCase()
}
