/** Errors whose message is a sentence for the person at the terminal. */
const forPeople = new Set(['ConfigError', 'MatterFileError'])

/**
 * An error at start, as one sentence for the person at the terminal. Only what nobody foresaw keeps its
 * stack; connection strings never appear.
 */
export function plainly(error: unknown): string {
  if (error instanceof Error && forPeople.has(error.name)) return error.message
  const { code, address, port, message } = innermost(error)
  const place = address === undefined ? 'its address' : `${address}:${port}`
  switch (code ?? '') {
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return `Nothing answers at ${place}; is the database running?`
    case 'ENOTFOUND':
      return `The database's host was not found: ${message}.`
    case '28P01':
      return `The database refused a password: ${message}; npm run roles sets those of DATABASE_URL_*.`
    case '28000':
    case '3D000':
      return `The database refused the connection: ${message}; run npm run roles first.`
    case '42501':
      return `The database login lacks a right: ${message}; run npm run roles and npm run migrate.`
    case 'KnexTimeoutError':
      return 'The database does not answer in time.'
    default:
      return error instanceof Error ? (error.stack ?? message) : String(error)
  }
}

interface Details {
  code?: string
  address?: string
  port?: number
  message: string
}

/** Node reports a failed connection to a name with two addresses as an AggregateError of both. */
function innermost(error: unknown): Details {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  if (!(error instanceof Error)) return { message: String(error) }
  const found = error as Error & Details
  if (found.name === 'KnexTimeoutError') return { code: found.name, message: found.message }
  return found
}
