import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { explainIssue, sentence, type Found } from './explain-issue'
import { explainYaml } from './explain-yaml'
import { caseProblem, inheritCase } from './inherit-case'
import {
  firmsFile,
  incidentsFile,
  matterFile,
  type FirmContent,
  type MatterFile,
} from './matter-file'
import { reviewMatter, walkTexts } from './review-matter'

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
  const { errors } = document
  if (errors.length > 0) {
    const { at: offset, text: words } = explainYaml(text, errors)
    return [{ line: at(offset), place: name, text: words }]
  }
  const complaint = ([keys, words]: Found): Complaint => ({
    line: lineOf(document, keys, words, at, text),
    place: placeOf(keys) || name,
    text: words,
  })
  let data: unknown
  try {
    data = document.toJS()
  } catch {
    // A text with "*" before it names another that is not there.
    const line = text.split('\n').findIndex((one) => /:\s+\*/.test(one)) + 1
    return [{ line, place: name, text: 'A text cannot begin with "*". Put it in quotes.' }]
  }
  const explained = (issues: z.core.$ZodIssue[], of: unknown) =>
    issues.flatMap((issue) => explainIssue(issue, of).map(complaint))
  const shared = { 'incidents.yaml': incidentsFile, 'firms.yaml': firmsFile }[name]
  if (shared) {
    const read = shared.safeParse(data)
    return read.success ? [] : explained(read.error.issues, data)
  }
  const problem = caseProblem(data, dirname(path))
  if (problem) return [complaint([['of'], sentence(problem)])]
  const whole = inheritCase(data, dirname(path))
  const parsed = matterFile.safeParse(whole)
  if (!parsed.success) {
    return explained(parsed.error.issues, whole)
  }
  return [...neighbours(parsed.data, path), ...reviewMatter(parsed.data)].map(complaint)
}

/** What other files of the same folder must know. */
function neighbours(matter: MatterFile, path: string): Found[] {
  const found: Found[] = []
  const expected = `${matter.slug}.yaml`
  if (basename(path) !== expected) {
    found.push([
      ['slug'],
      `The file must be called ${expected}, like its slug: rename it, or change the slug.`,
    ])
  }
  const read = <T>(name: string, parse: (data: unknown) => T): T | null => {
    let text: string
    try {
      text = readFileSync(join(dirname(path), name), 'utf8')
    } catch {
      return null
    }
    try {
      return parse(parseDocument(text).toJS())
    } catch {
      found.push([[], `${name} beside it is wrong itself. Check that file first.`])
      return null
    }
  }
  const incidents = read('incidents.yaml', (data) => incidentsFile.parse(data).incidents)
  const firms = read('firms.yaml', (data) => firmsFile.parse(data).firms)
  const choose = (what: string, slug: string, file: string, all: { slug: string }[]) =>
    `${file} has no "${slug}". It has: ${all.map((one) => one.slug).join(', ')}. Write one of these, or add the ${what} to ${file}.`
  if (incidents && !incidents.some(({ slug }) => slug === matter.incident)) {
    found.push([['incident'], choose('incident', matter.incident, 'incidents.yaml', incidents)])
  }
  if (!firms) return found
  const firm = firms.find(({ slug }) => slug === matter.firm)
  if (firm) return [...found, ...namesOf(matter, firm, firms)]
  return [...found, [['firm'], choose('firm', matter.firm, 'firms.yaml', firms)]]
}

/** Whether the words name the firm of the case, and no other: a copied file still has that of the first. */
function namesOf(matter: MatterFile, firm: FirmContent, firms: FirmContent[]): Found[] {
  const found: Found[] = []
  const received = matter.consents.findIndex(
    ({ kind, title, recipient }) =>
      kind === 'provision' &&
      (['ko', 'en'] as const).every(
        (lang) =>
          title[lang].includes(firm.name[lang]) && recipient?.[lang].includes(firm.name[lang]),
      ),
  )
  if (received < 0) {
    const first = matter.consents.findIndex(({ kind }) => kind === 'provision')
    found.push([
      ['consents', first],
      `Title and recipient must name who receives the data: ${firm.name.ko}, and in English ${firm.name.en} (PIPA 17).`,
    ])
  }
  walkTexts(matter, [], (keys, texts) => {
    for (const lang of ['ko', 'en'] as const) {
      const other = firms.find(
        ({ slug, name }) => slug !== firm.slug && texts[lang].includes(name[lang]),
      )
      if (other) {
        found.push([
          [...keys, lang],
          `This names ${other.name[lang]}, but the firm of this case is ${firm.name[lang]}.`,
        ])
      }
    }
  })
  return found
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

/** The line of a place, or of the nearest that is there around it; in a long text, that of the {{…}} it is about. */
function lineOf(
  document: Document,
  keys: PropertyKey[],
  words: string,
  at: (offset: number) => number,
  text: string,
): number {
  const [placeholder] = /^\{\{[^}]*\}\}/.exec(words) ?? []
  for (let length = keys.length; length > 0; length--) {
    const parent =
      length === 1 ? document.contents : document.getIn(keys.slice(0, length - 1), true)
    const key = keys[length - 1]!
    if (isMap(parent)) {
      const pair = parent.items.find(
        (one) => isPair(one) && isScalar(one.key) && one.key.value === key,
      )
      if (!isScalar(pair?.key) || !pair.key.range) continue
      const start = pair.key.range[0]
      return at(placeholder ? Math.max(start, text.indexOf(placeholder, start)) : start)
    }
    const node = document.getIn(keys.slice(0, length), true) as { range?: number[] } | undefined
    if (node?.range) return at(node.range[0]!)
  }
  return 1
}
