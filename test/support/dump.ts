import type { TestDatabase } from './database'

/** Every row of every table, ours and the queue's, as text by table; bytes as hex. */
export async function dumpOf({ db }: TestDatabase): Promise<Map<string, string>> {
  const { rows: tables } = await db.superuser.raw<{ rows: { name: string }[] }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'bullmq') and table_type = 'BASE TABLE'`,
  )
  if (tables.length < 30) throw new Error('a dump of so few tables proves nothing')
  const dump = new Map<string, string>()
  for (const { name } of tables) {
    const { rows } = await db.superuser.raw<{ rows: { line: string }[] }>(
      `select t::text as line from ${name} t`,
    )
    dump.set(name, rows.map(({ line }) => line).join('\n'))
  }
  return dump
}

/** A text as it could stand in a dump: as it is, or its bytes in hex or base64. */
export const tracesOf = (text: string): string[] => [
  text,
  Buffer.from(text).toString('hex'),
  Buffer.from(text).toString('base64').slice(0, -4),
]

/** Where in a dump one of these texts stands, in any shape. */
export function findTraces(dump: Map<string, string>, texts: string[]): string[] {
  return [...dump].flatMap(([table, rows]) =>
    texts.flatMap((text) =>
      tracesOf(text).some((trace) => rows.includes(trace)) ? [`${table}: ${text}`] : [],
    ),
  )
}
