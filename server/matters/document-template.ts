import type { ClaimForm, QuestionRole } from './form-schema'

/**
 * The text of a document, line by line: `# a heading`, `- an item`, `| name | value` (a row, left out when its
 * value is empty; further lines of a value are items below it), anything else a paragraph; empty lines mean nothing. `{{name}}` and the like stand for
 * the person's details, by role, by `answer.<question id>`, or facts of the matter.
 */
export type Block =
  | { kind: 'heading' | 'item' | 'paragraph'; text: string }
  | { kind: 'row'; key: string; text: string }

const roles: QuestionRole[] = [
  'name',
  'romanised_name',
  'email',
  'phone',
  'birth_date',
  'address',
  'guardian_name',
]

/** What the matter and the moment give. */
export const factNames = ['matter', 'forum', 'firm', 'firm_city', 'date', 'oath'] as const

const placeholder = /\{\{([a-z0-9_.]+)\}\}/g

/** The blocks of a template, filled. Filling comes last, so that no detail is read as a mark. */
export function blocksOf(text: string, valueOf: (name: string) => string): Block[] {
  const fill = (line: string) =>
    line.replace(placeholder, (_, name: string) => valueOf(name)).trim()
  return text.split('\n').flatMap((raw): Block[] => {
    const line = raw.trim()
    if (line === '') return []
    if (line.startsWith('# ')) return [{ kind: 'heading', text: fill(line.slice(2)) }]
    if (line.startsWith('- ')) return [{ kind: 'item', text: fill(line.slice(2)) }]
    const row = /^\|\s*([^|]+?)\s*\|\s*(.+)$/.exec(line)
    if (!row) return [{ kind: 'paragraph', text: fill(line) }]
    const [value, ...more] = fill(row[2]!).split('\n')
    if (value === undefined || value === '') return []
    const items = more.map((one): Block => ({ kind: 'item', text: one }))
    return [{ kind: 'row', key: fill(row[1]!), text: value }, ...items]
  })
}

/** What a template has filled in, by name. */
export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(placeholder)].map(([, name]) => name!)
}

/** Placeholders of a template that nothing fills. */
export function unknownPlaceholders(text: string, form: ClaimForm): string[] {
  const questions = form.steps.flatMap((step) => step.questions)
  const known = new Set([...knownPlaceholders(form), ...questions.map(({ id }) => `answer.${id}`)])
  return placeholdersOf(text).filter((name) => !known.has(name))
}

/** What a template of a matter with this form can name, besides the answers (`answer.<question id>`). */
export function knownPlaceholders(form: ClaimForm): string[] {
  const questions = form.steps.flatMap((step) => step.questions)
  return [...factNames, ...roles.filter((role) => questions.some((one) => one.role === role))]
}
