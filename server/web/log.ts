import { isNativeError } from 'node:util/types'
import pino from 'pino'
import { pinoHttp } from 'pino-http'
import type { Request, RequestHandler, Response } from 'express'
import type { ProcessConfig } from '../config'
import { newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'

export type Log = pino.Logger

/**
 * The log of one process: JSON lines with ids only. Messages are fixed sentences, what varies goes
 * into fields, and nothing a person typed goes anywhere.
 */
export function createLog(config: ProcessConfig, destination?: pino.DestinationStream): Log {
  return pino(
    {
      level: 'info',
      base: { process: config.process },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog, req: () => undefined, res: () => undefined },
      // A second net: a field of one of these names is never meant to be logged.
      redact: {
        paths: [
          'authorization',
          'cookie',
          'password',
          'token',
          'email',
          'phone',
          'body',
          'query',
        ].flatMap((name) => [name, `*.${name}`]),
        remove: true,
      },
    },
    destination ?? pino.destination(1),
  )
}

/** One line a request: request id, method, declared route, status, milliseconds. No address, URL, cookie or body. */
export function logRequests(log: Log): RequestHandler {
  return pinoHttp<Request, Response>({
    logger: log,
    quietReqLogger: true,
    quietResLogger: true,
    genReqId: (_req, res) => {
      const id = newId()
      res.setHeader('X-Request-Id', id)
      return id
    },
    autoLogging: { ignore: (req) => req.url === '/healthz' || req.url === '/readyz' },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'error' : 'info'),
    customSuccessObject: (req, res, { responseTime }) => line(req, res, responseTime),
    customErrorObject: (req, res, _error, { responseTime }) => line(req, res, responseTime),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  })
}

/** The id under which the log has this request, also given as X-Request-Id and on error pages. */
export function requestIdOf(req: Request): string {
  return typeof req.id === 'string' ? req.id : ''
}

function line(req: Request, res: Response, ms: number) {
  return { method: req.method, route: req.routePattern ?? 'none', status: res.statusCode, ms }
}

/**
 * What of an error may be logged. PostgreSQL puts the offending values into `detail` and `where`, knex
 * the statement into the message, JSON.parse a piece of its input: so the message is kept only after
 * scrubbing, and not at all where the database or a parser wrote it.
 */
export function errorForLog(error: unknown): Record<string, unknown> {
  if (!isNativeError(error)) return { name: typeof error }
  const { code, table, column, constraint, severity } = error as Error & Record<string, unknown>
  const frames = (error.stack ?? '').split('\n').filter((frame) => frame.startsWith('    at '))
  return {
    name: error.name,
    code,
    ...(severity !== undefined && { table, column, constraint }),
    ...(severity === undefined &&
      error.name !== 'SyntaxError' && { message: scrub(error.message) }),
    ...(error instanceof Problem && { detail: error.detail }),
    stack: frames.slice(0, 12).join('\n'),
    ...(error.cause !== undefined && { cause: errorForLog(error.cause) }),
  }
}

/** Takes out of a message what could be of a person: addresses, long numbers, tokens, Hangul. */
function scrub(message: string): string {
  return message
    .slice(0, 2000)
    .replace(/[^\s"'<>]+@[^\s"'<>]+/g, '…')
    .replace(/[\p{Script=Hangul}]+/gu, '…')
    .replace(/[\d][\d\s.-]{5,}\d/g, '…')
    .replace(/[A-Za-z0-9_-]{32,}/g, '…')
    .slice(0, 500)
}
