import type { Request, Response } from 'express'
import type { ProcessConfig } from '../config'
import { cookieOf } from '../web/cookies'
import { usesHttps } from '../web/sessions'

const dayMs = 24 * 60 * 60 * 1000

/**
 * The cookie that alone holds the key of a draft. One a matter, by its path, so that a person can fill
 * in two forms at a time; no script reads it and no other page gets it.
 */
function cookieName(config: ProcessConfig): string {
  return usesHttps(config) ? '__Secure-draft' : 'draft'
}

function options(config: ProcessConfig, slug: string) {
  return {
    path: `/matters/${slug}`,
    httpOnly: true,
    sameSite: 'lax',
    secure: usesHttps(config),
  } as const
}

/** The secret that the browser sent for this matter, whatever it may be. */
export function readDraftCookie(req: Request, config: ProcessConfig): string | undefined {
  return cookieOf(req, cookieName(config))
}

/** Keeps the secret, or keeps it longer. */
export function setDraftCookie(
  res: Response,
  config: ProcessConfig,
  slug: string,
  secret: string,
): void {
  res.cookie(cookieName(config), secret, {
    ...options(config, slug),
    maxAge: config.limits.draftDays * dayMs,
  })
}

export function clearDraftCookie(res: Response, config: ProcessConfig, slug: string): void {
  res.clearCookie(cookieName(config), options(config, slug))
}

/** A draft that was begun elsewhere, until the person has seen what it holds: read by that one page alone. */
function carriedOptions(config: ProcessConfig, slug: string) {
  return { ...options(config, slug), path: `/matters/${slug}/file/carried` }
}

const carriedName = (config: ProcessConfig) => (usesHttps(config) ? '__Secure-carried' : 'carried')

export function readCarriedCookie(req: Request, config: ProcessConfig): string | undefined {
  return cookieOf(req, carriedName(config))
}

export function setCarriedCookie(
  res: Response,
  config: ProcessConfig,
  slug: string,
  secret: string,
): void {
  res.cookie(carriedName(config), secret, {
    ...carriedOptions(config, slug),
    maxAge: config.limits.carriedMinutes * 60_000,
  })
}

export function clearCarriedCookie(res: Response, config: ProcessConfig, slug: string): void {
  res.clearCookie(carriedName(config), carriedOptions(config, slug))
}
