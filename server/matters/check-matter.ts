import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { question } from './form-schema'
import { caseProblem, inheritCase } from './inherit-case'
import { firmsFile, incidentsFile, matterFile, type MatterFile } from './matter-file'

export interface Complaint {
  /** line of the file, counted from 1; 0: the file as a whole */
  line: number
  /** the place in the file, as its keys: `consents › 2nd › title › en` */
  place: string
  /** what is wrong, and how to mend it, in words for whoever writes the file */
  text: string
}

/**
 * Reads one matter file as `npm run migrate` would, and explains everything that is wrong with it: what
 * cannot be loaded, and what could be but should not: words in the wrong language, a consent that does not
 * name who receives the data, a Korean case without its limitation. `incidents.yaml` and `firms.yaml` are
 * looked for beside it. An empty list: it can be shipped.
 */
export function checkMatterFile(path: string): Complaint[] {
  const name = basename(path)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return [{ line: 0, place: name, text: 'There is no such file, or it cannot be read.' }]
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => lines.linePos(offset).line
  if (document.errors.length > 0) {
    return document.errors.map((error) => ({
      line: at(error.pos[0]),
      place: name,
      text: `This is no YAML: ${error.message}. Look at the indentation, and put a text with ": " or a leading quote in quotes.`,
    }))
  }
  const complaint = (keys: PropertyKey[], words: string): Complaint => ({
    line: lineOf(document, keys, at),
    place: placeOf(keys),
    text: words,
  })
  const data = document.toJS() as unknown
  const problem = caseProblem(data, dirname(path))
  if (problem) return [complaint(['of'], sentence(problem))]
  const parsed = matterFile.safeParse(inheritCase(data, dirname(path)))
  if (!parsed.success) {
    return parsed.error.issues.flatMap((issue) => explain(issue).map((one) => complaint(...one)))
  }
  const found = [...neighbours(parsed.data, path), ...reviewMatter(parsed.data)]
  return found.map(([keys, words]) => complaint(keys, words))
}

type Found = [PropertyKey[], string]

/** What other files of the same folder must know. */
function neighbours(matter: MatterFile, path: string): Found[] {
  const found: Found[] = []
  const expected = `${matter.slug}.yaml`
  if (basename(path) !== expected) {
    found.push([['slug'], `The file must be called ${expected}, like its slug.`])
  }
  const known = (name: string, read: (data: unknown) => string[]): string[] | null => {
    try {
      const data = parseDocument(readFileSync(join(dirname(path), name), 'utf8')).toJS() as unknown
      return read(data)
    } catch {
      return null
    }
  }
  const incidents = known('incidents.yaml', (data) =>
    incidentsFile.parse(data).incidents.map(({ slug }) => slug),
  )
  const firms = known('firms.yaml', (data) => firmsFile.parse(data).firms.map(({ slug }) => slug))
  if (incidents && !incidents.includes(matter.incident)) {
    found.push([
      ['incident'],
      `incidents.yaml has no "${matter.incident}". It has: ${incidents.join(', ')}.`,
    ])
  }
  if (firms && !firms.includes(matter.firm)) {
    found.push([['firm'], `firms.yaml has no "${matter.firm}". It has: ${firms.join(', ')}.`])
  }
  return found
}

/**
 * What a matter can be loaded with and should not be shipped with. Sources: PIPA 17 and 28-8 for who
 * receives data and where, Civil Act 766 for the limitation of Korean suits.
 */
export function reviewMatter(matter: MatterFile): Found[] {
  const found: Found[] = []
  walkTexts(matter, [], (keys, { ko, en }) => {
    if (!/[가-힣]/.test(ko))
      found.push([[...keys, 'ko'], 'There is no Korean in the Korean words.'])
    if (/[가-힣]/.test(en)) found.push([[...keys, 'en'], 'There is Korean in the English words.'])
    if (/주민\s*등록\s*번호를?\s*(적어|입력)/.test(ko)) {
      found.push([[...keys, 'ko'], 'Never ask for a resident registration number (PIPA 24-2).'])
    }
  })
  const overseas = matter.consents.some(({ kind, required }) => kind === 'overseas' && required)
  if (matter.jurisdiction === 'US' && !overseas) {
    found.push([
      ['consents'],
      'A case in the United States takes data out of Korea: it needs a required consent of the kind "overseas" (PIPA 28-8).',
    ])
  }
  const questions = matter.form.steps.flatMap(({ questions: some }) => some)
  if (matter.kind !== 'claim') {
    // Rule 23(c)(2)(B)(v) and (e)(5): who it is has to stand on what they sign.
    if (!questions.some(({ role, required }) => role === 'address' && required)) {
      found.push([['form', 'steps'], 'It needs the address of who signs it (role: address).'])
    }
    if (matter.documents.length === 0) {
      found.push([['documents'], 'It is a paper that is signed: put its words here.'])
    }
  }
  const korean = matter.jurisdiction === 'KR' && matter.regime === 'joinder'
  if (korean && !matter.deadlines.some(({ closesFiling }) => closesFiling)) {
    found.push([
      ['deadlines'],
      'A Korean joint suit has a limitation (Civil Act 766): name the date with "closesFiling: true".',
    ])
  }
  for (const [index, deadline] of matter.deadlines.entries()) {
    if (
      matter.jurisdiction === 'US' &&
      deadline.closesFiling &&
      !/court|order|settlement/i.test(deadline.source.en)
    ) {
      found.push([
        ['deadlines', index, 'source'],
        'A case in the United States shows a date only if a court has set one: name the order.',
      ])
    }
  }
  if (korean && !questions.some(({ role, required }) => role === 'birth_date' && required)) {
    found.push([
      ['form', 'steps'],
      'A list of plaintiffs (당사자목록) tells people of one name apart: ask for the date of birth (role: birth_date).',
    ])
  }
  return found
}

function walkTexts(
  data: unknown,
  keys: PropertyKey[],
  visit: (keys: PropertyKey[], texts: { ko: string; en: string }) => void,
): void {
  if (typeof data !== 'object' || data === null) return
  const texts = data as Record<string, unknown>
  if (typeof texts['ko'] === 'string' && typeof texts['en'] === 'string') {
    return visit(keys, { ko: texts['ko'], en: texts['en'] })
  }
  for (const [key, value] of Object.entries(texts)) {
    walkTexts(value, [...keys, Array.isArray(data) ? Number(key) : key], visit)
  }
}

/** What the schema says, in words; one thing can be wrong in several places. */
function explain(issue: z.core.$ZodIssue): Found[] {
  const { path } = issue
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? [[path, 'This is missing.']]
        : [[path, `This must be ${nounOf(issue.expected)}.`]]
    case 'unrecognized_keys':
      return issue.keys.map((key) => [
        [...path, key],
        `There is no "${key}" here. Is it misspelt, or indented too far?`,
      ])
    case 'invalid_value':
      return [[path, `Write one of: ${issue.values.map(String).join(', ')}.`]]
    case 'too_small':
      return [
        [
          path,
          issue.origin === 'string'
            ? 'This is empty.'
            : `There must be at least ${String(issue.minimum)}.`,
        ],
      ]
    case 'too_big':
      return [[path, `This is too long: at most ${String(issue.maximum)}.`]]
    // The only union there is: what kind of question it is.
    case 'invalid_union':
      return [[path, `Write one of: ${questionTypes.join(', ')}.`]]
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return [[path, sentence(issue.message)]]
  }
}

const questionTypes = question.options.map(({ shape }) => shape.type.value)

const nouns: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list (each entry with "- ")',
  object: 'a group of named things',
}

const nounOf = (expected: string) => nouns[expected] ?? expected

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(first) ? first : `${first}.`
}

/** `consents › 2nd › title › en`: entries of lists counted as people do. */
function placeOf(keys: PropertyKey[]): string {
  return keys.map((key) => (typeof key === 'number' ? ordinal(key + 1) : String(key))).join(' › ')
}

function ordinal(count: number): string {
  const tail =
    count % 100 >= 11 && count % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')
  return `${count}${tail}`
}

/** The line of a place, or of the nearest that is there around it. */
function lineOf(document: Document, keys: PropertyKey[], at: (offset: number) => number): number {
  for (let length = keys.length; length > 0; length--) {
    const parent =
      length === 1 ? document.contents : document.getIn(keys.slice(0, length - 1), true)
    const key = keys[length - 1]!
    if (isMap(parent)) {
      const pair = parent.items.find(
        (one) => isPair(one) && isScalar(one.key) && one.key.value === key,
      )
      if (isScalar(pair?.key) && pair.key.range) return at(pair.key.range[0])
      continue
    }
    const node = document.getIn(keys.slice(0, length), true) as { range?: number[] } | undefined
    if (node?.range) return at(node.range[0]!)
  }
  return 1
}
