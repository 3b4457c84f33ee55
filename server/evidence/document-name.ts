/** Controls, and marks that turn the direction of text: `photo\u202Egnp.exe` reads "photoexe.png". */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * The name of a file as it is kept and shown: composed (phones send Korean letter by letter), without
 * folders and without what cannot be seen, at most `most` characters with its ending kept.
 */
export function documentName(sent: string, most: number): string {
  const name = sent
    .normalize('NFC')
    .replace(/^.*[/\\]/s, '')
    .replace(unseen, '')
    .replace(/\s+/gu, ' ')
    .trim()
  const characters = Array.from(name)
  if (characters.length <= most) return name === '' ? 'document' : name
  const [ending = ''] = /\.[^.\s]{1,8}$/u.exec(name) ?? []
  return characters.slice(0, most - ending.length).join('') + ending
}
