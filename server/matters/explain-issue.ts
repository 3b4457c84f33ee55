import type { z } from 'zod'
import { question } from './form-schema'

/** Where something is wrong, by its keys, and what to write instead. */
export type Found = [PropertyKey[], string]

/** What the shape of a file says of `data`, in words; one thing can be wrong in several places. */
export function explainIssue(issue: z.core.$ZodIssue, data: unknown): Found[] {
  const { path } = issue
  const value = valueAt(data, path)
  switch (issue.code) {
    case 'invalid_type':
      return [[path, ofType(path, issue.expected, value)]]
    case 'unrecognized_keys':
      return issue.keys.map((key) => [[...path, key], unknownKey(key, valueAt(value, [key]))])
    case 'invalid_value': {
      const known = `Write one of: ${issue.values.map(String).join(', ')}.`
      return [[path, told(path, value, known)]]
    }
    case 'too_small':
      return [
        [
          path,
          issue.origin === 'string'
            ? 'This is empty. Write the text here.'
            : `There must be at least ${String(issue.minimum)}.`,
        ],
      ]
    case 'too_big':
      return [[path, `This is too long: at most ${String(issue.maximum)}.`]]
    // The only union there is: what kind of question it is.
    case 'invalid_union':
      return [[path, told(path, value, `Write one of: ${questionTypes.join(', ')}.`)]]
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return [[path, sentence(issue.message)]]
  }
}

/** With a capital at its beginning and a full stop at its end. */
export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(first) ? first : `${first}.`
}

const questionTypes = question.options.map(({ shape }) => shape.type.value)

const nouns: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false, without quotes',
  array: 'a list: each entry on a line of its own that begins with "- "',
  object: 'a group',
}

function ofType(path: PropertyKey[], expected: string, value: unknown): string {
  const key = String(path.at(-1) ?? '')
  if (value === undefined) return missing(key)
  if (value === null)
    return `Nothing stands after "${key}:". Write it there, or on the lines below.`
  if (expected === 'string') {
    return 'This must be a text. Put it in quotes if it is a number or begins with a bracket.'
  }
  if (expected === 'object' && typeof value === 'string') {
    return 'This must be a group: on lines of their own below it, with two spaces more before them, "ko: …" and "en: …".'
  }
  return `This must be ${nouns[expected] ?? expected}.`
}

function missing(key: string): string {
  const language = { ko: 'Korean', en: 'English' }[key]
  if (language) return `This is missing: add a line "${key}: …" with the ${language} words.`
  return `This is missing: add "${key}: …", as in the file that you copied.`
}

function unknownKey(key: string, value: unknown): string {
  return value === null
    ? `This is the rest of a text with a comma in it. Put the whole text in quotes: '…, ${key}'.`
    : `There is no "${key}" here. Is it misspelt, or has it too many or too few spaces before it?`
}

/** Names what stands there, where it is a word. */
function told(path: PropertyKey[], value: unknown, known: string): string {
  if (value === undefined || value === null) return `${missing(String(path.at(-1)))} ${known}`
  return typeof value === 'object'
    ? known
    : `"${String(value as string)}" is not known here. ${known}`
}

/** What stands in the data at a place; undefined where there is nothing. */
export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    data,
  )
}
