import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { z } from 'zod'
import { caseProblem, inheritCase, namesCase } from './inherit-case'
import {
  firmsFile,
  incidentsFile,
  matterFile,
  type FirmContent,
  type IncidentContent,
  type MatterFile,
} from './matter-file'

/** A matter file that cannot be loaded; the message is for the person who wrote it. */
export class MatterFileError extends Error {
  override name = 'MatterFileError'
}

export interface MatterFiles {
  incidents: IncidentContent[]
  firms: FirmContent[]
  matters: MatterFile[]
}

/** Where the shipped files lie, beside this one in sources and in the build. */
export const shippedFolder = join(__dirname, 'shipped')

/**
 * Reads and checks incidents.yaml, firms.yaml and every other .yaml of a folder, one matter each.
 * @throws MatterFileError naming the file, the place in it and what is wrong, one line each
 */
export function readMatterFiles(folder: string = shippedFolder): MatterFiles {
  const { incidents } = parseFile(
    'incidents.yaml',
    readYaml(folder, 'incidents.yaml'),
    incidentsFile,
  )
  const { firms } = parseFile('firms.yaml', readYaml(folder, 'firms.yaml'), firmsFile)
  const matters = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'incidents.yaml' && name !== 'firms.yaml')
    .sort()
    .map((name) => ({ name, data: readYaml(folder, name) }))
    // Cases first: what is wrong with one is not said of what has its words from it.
    .sort((a, b) => Number(namesCase(a.data)) - Number(namesCase(b.data)))
    .map(({ name, data }) => {
      const problem = caseProblem(data, folder)
      if (problem) throw fileError(name, [`of: ${problem}`])
      const matter = parseFile(name, inheritCase(data, folder), matterFile)
      const wrong: string[] = []
      if (name !== `${matter.slug}.yaml`)
        wrong.push(`slug: "${matter.slug}" is not the file's name`)
      if (!incidents.some((one) => one.slug === matter.incident)) {
        wrong.push(`incident: no incident "${matter.incident}" in incidents.yaml`)
      }
      if (!firms.some((one) => one.slug === matter.firm)) {
        wrong.push(`firm: no firm "${matter.firm}" in firms.yaml`)
      }
      if (wrong.length > 0) throw fileError(name, wrong)
      return matter
    })
  return { incidents, firms, matters }
}

function readYaml(folder: string, name: string): unknown {
  try {
    return parse(readFileSync(join(folder, name), 'utf8'))
  } catch (error) {
    throw fileError(name, [error instanceof Error ? error.message : 'cannot be read'])
  }
}

function parseFile<T extends z.ZodType>(name: string, data: unknown, schema: T): z.infer<T> {
  const result = schema.safeParse(data)
  if (result.success) return result.data
  throw fileError(
    name,
    result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`),
  )
}

function fileError(name: string, lines: string[]): MatterFileError {
  return new MatterFileError(
    `${name} cannot be loaded.\n${lines.map((line) => `  ${line}`).join('\n')}`,
  )
}
