const dots = '•••'
const korean = /^[\p{Script=Hangul}\p{Script=Han}]+$/u

/**
 * A name as its owner knows it again and nobody else learns it: 김•서, 남••수, M••• K•••. Of Latin words
 * not even the length is told.
 */
export function nameHint(name: string): string {
  const words = name.normalize('NFC').trim().split(/\s+/)
  // 김 민서 is 김민서.
  if (words.every((word) => korean.test(word))) return koreanHint(words.join(''))
  return words.map((word) => first(word) + dots).join(' ')
}

/** An address likewise: k•••@naver.com. */
export function emailHint(email: string): string {
  const at = email.lastIndexOf('@')
  return `${first(email)}${dots}${email.slice(at)}`
}

function koreanHint(word: string): string {
  const letters = Array.from(word)
  if (letters.length < 3) return letters[0]! + '•'
  return letters[0]! + '•'.repeat(letters.length - 2) + letters.at(-1)!
}

function first(word: string): string {
  return Array.from(word)[0] ?? ''
}
