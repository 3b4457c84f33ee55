import type { YAMLError } from 'yaml'

/** A line of a file that cannot be read as YAML, and what to do about it. */
export interface Unreadable {
  /** offset in the text */
  at: number
  text: string
}

/**
 * What keeps a text from being read, in words for whoever writes the file. One mistake brings up errors in
 * many lines below it, so only the first is told: the others are gone, or stand on their own, once it is mended.
 */
export function explainYaml(text: string, errors: readonly YAMLError[]): Unreadable {
  const [first] = errors.toSorted((a, b) => a.pos[0] - b.pos[0])
  const at = first!.pos[0]
  const line = lineAt(text, at)
  const tab = errors.find(({ code }) => code === 'TAB_AS_INDENT')
  if (tab) return { at: tab.pos[0], text: tabs }
  if (first!.code === 'MISSING_CHAR' && /quote/.test(first!.message)) {
    return { at: openQuote(text) ?? at, text: unclosed }
  }
  return { at, text: wordsFor(first!, line) }
}

/** Where a text begins with a quote and does not end with it: a parser finds out at the end of the file. */
function openQuote(text: string): number | undefined {
  return /^ *(?:- )?[\w-]+: +(?:"(?:[^"\\\n]|\\.)*|'(?:[^'\n]|'')*)$/m.exec(text)?.index
}

const tabs =
  'There is a tab at the beginning of this line. Put spaces in its place, as many as the lines beside it have.'

const unclosed =
  'A quote is missing at the end of this text, or there is one inside it. Write a quote inside as ’ or ”.'

const quotes = 'Put the whole text in quotes'

function wordsFor({ code, message }: YAMLError, line: string): string {
  const value = /^\s*(?:- )?[\w-]+:\s+(.*)$/.exec(line)?.[1] ?? ''
  const key = /^\s*(?:- )?([\w-]+)\s*:/.exec(line)?.[1] ?? ''
  if (code === 'DUPLICATE_KEY') {
    return `There are two lines "${key}: …" in one group. Delete one of them, or look whether an entry of a list lost its "- ".`
  }
  if (/^['"]/.test(value)) return unclosed
  if (/^[@`%!&*|>]/.test(value)) {
    return `A text cannot begin with "${value.charAt(0)}". ${quotes}: ${key}: '…'.`
  }
  if (/^[[{]/.test(value)) {
    return `A bracket that begins on this line is not closed, or something follows it. Where it is part of a text: put the whole text in quotes.`
  }
  // "ko: 착수금: 없음" begins an entry within an entry.
  if (/:\s/.test(value)) {
    return `The text has a colon and a space in it. ${quotes}: ${key}: '…: …'.`
  }
  if (/^\s*(?:- )?[\w-]+:\S/.test(line)) {
    return 'There must be a space after the colon.'
  }
  if (/^\s*-\S/.test(line)) {
    return 'There must be a space after the dash.'
  }
  const known = [
    'BAD_INDENT',
    'BLOCK_AS_IMPLICIT_KEY',
    'MULTILINE_IMPLICIT_KEY',
    'UNEXPECTED_TOKEN',
  ]
  const indentation =
    'This line, or the one above it, is not where it should be. Lines of one group have the same number of spaces before them, and an entry of a list begins with "- ". Compare it with the file that you copied.'
  return known.includes(code) ? indentation : `${indentation} (${message})`
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, end < 0 ? undefined : end)
}
