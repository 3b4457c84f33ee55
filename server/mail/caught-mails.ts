import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressObject, ParsedMail } from 'mailparser'

export interface CaughtMail {
  id: string
  at: Date
  to: string
  subject: string
  text: string
  html: string
}

const fileName = /^(\d{15})-[0-9a-f]{8}\.eml$/

/** The newest caught mails, newest first. */
export async function listCaught(folder: string, limit: number): Promise<CaughtMail[]> {
  const names = await readdir(folder).catch(() => [] as string[])
  const newest = names.filter((name) => fileName.test(name)).toSorted()
  const mails = await Promise.all(
    newest.slice(-limit).map((name) => readCaught(folder, name.slice(0, -'.eml'.length))),
  )
  return mails.filter((mail) => mail !== null).toReversed()
}

/** One caught mail, or null; `id` comes from a URL. */
export async function readCaught(folder: string, id: string): Promise<CaughtMail | null> {
  const time = fileName.exec(`${id}.eml`)?.[1]
  if (time === undefined) return null
  const file = await readFile(join(folder, `${id}.eml`)).catch(() => null)
  if (file === null) return null
  // Only a demonstration reads mails.
  const { simpleParser } = await import('mailparser')
  const mail = await simpleParser(file, { skipHtmlToText: true, skipTextToHtml: true })
  return {
    id,
    at: new Date(Number(time)),
    to: addressesOf(mail),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
  }
}

function addressesOf({ to }: ParsedMail): string {
  const all: AddressObject[] = to === undefined ? [] : Array.isArray(to) ? to : [to]
  return all.map((one) => one.text).join(', ')
}

/** The text in pieces: what looks like a web address becomes one with a link, the rest stays as it is. */
export function withLinks(text: string): { text: string; href?: string }[] {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .filter((piece) => piece !== '')
    .map((piece) => (/^https?:\/\//.test(piece) ? { text: piece, href: piece } : { text: piece }))
}
