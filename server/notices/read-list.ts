import { Transform, type Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { Answer, ClaimForm, Question } from '../matters/form-schema'
import { addressFields } from '../matters/forms/address'
import { questionWithRole } from '../matters/forms/parse-form'
import { parseQuestion, type ParseOptions, type RawFields } from '../matters/forms/parse-question'
import { containsResidentNumber } from '../matters/forms/resident-number'
import {
  addressColumns,
  fillingRoles,
  listColumns,
  normaliseNoticeId,
  normaliseNoticePin,
  type FillingRole,
  type ListColumn,
} from './notice-shape'

/** What is wrong with one line. A `left_out` cell fills in nothing; the line counts all the same. */
export type LineWrong =
  'cells' | 'id_missing' | 'id_shape' | 'pin_missing' | 'pin_shape' | 'duplicate' | 'left_out'

/** Says where and what, and never what stands there: a report of errors travels more freely than the list. */
export interface LineProblem {
  line: number
  column: ListColumn | null
  wrong: LineWrong
}

/** What keeps a whole file from being taken. */
export type FileWrong =
  | 'empty'
  | 'utf16'
  | 'encoding'
  | 'separator'
  | 'columns_missing'
  | 'column_unknown'
  | 'column_twice'
  | 'quotes'
  | 'too_long'

/** A file that is not taken at all; `line` counts from 1, `detail` names columns or their places. */
export class ListError extends Error {
  readonly wrong: FileWrong
  readonly line: number
  readonly detail: string

  constructor(wrong: FileWrong, line: number, detail = '') {
    super(`a list of notices was refused: ${wrong}, line ${line}`)
    this.name = 'ListError'
    this.wrong = wrong
    this.line = line
    this.detail = detail
  }
}

export type Filling = Partial<Record<FillingRole, Answer>>

export interface ListLine {
  line: number
  id: string
  pin: string
  /** answers by role, as the matter's form takes them */
  filling: Filling
  problems: LineProblem[]
}

export type Read = { ok: true; line: ListLine } | { ok: false; problem: LineProblem }

/**
 * Reads a list of notices (CSV, UTF-8 with or without a byte order mark, any line ends) line by line, in
 * constant memory. Cells that the form of the matter does not take are left out of what is filled in.
 * @throws ListError for a file that cannot be taken, at the first line where that shows
 */
export async function* readList(
  file: Readable,
  form: ClaimForm,
  options: ParseOptions & { recordBytes: number },
): AsyncGenerator<Read> {
  const bytes = file.pipe(utf8Only())
  const parser = bytes.pipe(
    parse({
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: options.recordBytes,
    }),
  )
  bytes.once('error', (error) => parser.destroy(error))
  file.once('error', (error) => parser.destroy(error))
  const fillable = fillingRoles.flatMap((role) => {
    const question = questionWithRole(form, role)
    return question ? [{ role, question }] : []
  })
  let columns: ListColumn[] | undefined
  try {
    for await (const { record, info } of parser as AsyncIterable<Record_>) {
      if (!columns) columns = readHeader(record, info.lines)
      else yield readLine(record, columns, info.lines, fillable, options)
    }
  } catch (error) {
    throw error instanceof CsvError ? fileError(error) : error
  } finally {
    file.destroy()
  }
  if (!columns) throw new ListError('empty', 1)
}

interface Record_ {
  record: string[]
  info: { lines: number }
}

/** Lets bytes through as long as they are UTF-8: what Excel saves in Korea by itself is not. */
function utf8Only(): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  let first = true
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (first && isUtf16(chunk)) return done(new ListError('utf16', 1))
      first = false
      try {
        decoder.decode(chunk, { stream: true })
      } catch {
        return done(new ListError('encoding', line + newlines(validPart(chunk))))
      }
      line += newlines(chunk)
      done(null, chunk)
    },
    flush(done) {
      try {
        decoder.decode()
        done()
      } catch {
        done(new ListError('encoding', line))
      }
    },
  })
}

function isUtf16(chunk: Buffer): boolean {
  const mark = chunk.subarray(0, 2).toString('hex')
  return mark === 'fffe' || mark === 'feff' || chunk.subarray(0, 64).includes(0)
}

/** The bytes before the first that is no UTF-8; the start of a chunk may be the rest of a character. */
function validPart(chunk: Buffer): Buffer {
  const text = chunk.toString('utf8')
  const at = text.indexOf('\uFFFD', 1)
  return at < 0 ? chunk.subarray(0, 0) : Buffer.from(text.slice(0, at))
}

function newlines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1
  return count
}

function fileError(error: CsvError): ListError {
  const line = (error as CsvError & { lines?: number }).lines ?? 1
  return new ListError(error.code === 'CSV_MAX_RECORD_SIZE' ? 'too_long' : 'quotes', line)
}

/** A file without a header begins with somebody's data, so names that are not known are told by their place. */
function readHeader(cells: string[], line: number): ListColumn[] {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  if (names.length === 1 && /[;\t|]/.test(names[0]!)) throw new ListError('separator', line)
  const missing = ['notice_id', 'pin'].filter((name) => !names.includes(name))
  if (missing.length > 0) throw new ListError('columns_missing', line, missing.join(', '))
  const unknown = names.findIndex((name) => !listColumns.some((one) => one === name))
  if (unknown >= 0) throw new ListError('column_unknown', line, String(unknown + 1))
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new ListError('column_twice', line, twice)
  return names as ListColumn[]
}

function readLine(
  cells: string[],
  columns: ListColumn[],
  line: number,
  fillable: { role: FillingRole; question: Question }[],
  options: ParseOptions,
): Read {
  const no = (wrong: LineWrong, column: ListColumn | null): Read => ({
    ok: false,
    problem: { line, column, wrong },
  })
  if (cells.length !== columns.length) return no('cells', null)
  const cell = Object.fromEntries(columns.map((name, at) => [name, cells[at]!.trim()])) as Partial<
    Record<ListColumn, string>
  >
  const [typedId, typedPin] = [cell.notice_id!, cell.pin!]
  if (typedId === '') return no('id_missing', 'notice_id')
  const id = containsResidentNumber(typedId) ? null : normaliseNoticeId(typedId)
  if (id === null) return no('id_shape', 'notice_id')
  if (typedPin === '') return no('pin_missing', 'pin')
  const pin = containsResidentNumber(typedPin) ? null : normaliseNoticePin(typedPin)
  if (pin === null) return no('pin_shape', 'pin')

  const filling: Filling = {}
  const problems: LineProblem[] = []
  for (const { role, question } of fillable) {
    const raw = rawOf(question, role, cell)
    if (!raw) continue
    const parsed = parseQuestion(question, raw, options)
    if (parsed.ok && parsed.answer !== undefined) filling[role] = parsed.answer
    else problems.push({ line, column: role === 'address' ? 'line1' : role, wrong: 'left_out' })
  }
  return { ok: true, line: { line, id, pin, filling, problems } }
}

/** The cells as the fields of a form, or nothing when they are empty. */
function rawOf(
  question: Question,
  role: FillingRole,
  cell: Partial<Record<ListColumn, string>>,
): RawFields | undefined {
  if (role !== 'address' || question.type !== 'address') {
    const text = role === 'address' ? '' : (cell[role] ?? '')
    return text === '' ? undefined : { [question.id]: text }
  }
  if (addressColumns.every((name) => name === 'country' || !cell[name])) return undefined
  const asked = (cell.country ?? '').toUpperCase()
  const country = question.countries.find((one) => one === asked) ?? question.countries[0]!
  const parts = addressFields(question, country).map(({ part, name }) => [name, cell[part] ?? ''])
  return { ...(Object.fromEntries(parts) as RawFields), [`${question.id}_country`]: country }
}
