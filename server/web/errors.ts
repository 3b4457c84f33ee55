import { isNativeError } from 'node:util/types'
import type { ErrorRequestHandler, RequestHandler, Request, Response } from 'express'
import { Problem, type ProblemCode } from '../kernel/problem'
import { budgetWords } from './budget-page'
import { languageOf, textsOf } from './choose-language'
import type { Translate } from './languages'
import { requestIdOf, type Log } from './log'

const retrySeconds = 30

/** Nothing answered: there is no such page. */
export const notFound: RequestHandler = () => {
  throw new Problem('not_found')
}

/**
 * The only place where an error becomes an answer. People see a page in their language with what to do
 * next, programs RFC 9457 JSON; both see a code and the request id, never what went wrong inside.
 */
export function renderProblem(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = problemFrom(error)
    if (problem.status >= 500) {
      log.error({ reqId: requestIdOf(req), err: error, code: problem.code }, 'request failed')
    } else {
      log.info(
        { reqId: requestIdOf(req), code: problem.code, ...problem.detail },
        'request refused',
      )
    }
    // Part of an answer is out already: cut the connection, so that it cannot look complete.
    if (res.headersSent) return next(error)

    res.status(problem.status)
    res.setHeader('Cache-Control', 'no-store')
    const retryAfter = retryAfterSeconds(problem)
    if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter))
    if (req.accepts(['html', 'json']) === 'json') return sendJson(problem, req, res)
    sendPage(problem, req, res, (failure) => {
      log.error({ reqId: requestIdOf(req), err: failure }, 'error page failed')
      res.type('text/plain').send(`${problem.status}\n${requestIdOf(req)}\n`)
    })
  }
}

function sendPage(problem: Problem, req: Request, res: Response, failed: (e: unknown) => void) {
  const requestId = requestIdOf(req)
  const answer = (failure: unknown, html: string) => {
    if (failure) failed(failure)
    else res.type('html').send(html)
  }
  if (problem.code === 'budget_exceeded') {
    const words = { t: textsOf(res), lang: languageOf(res) }
    return res.render(
      'errors/budget',
      { budget: budgetWords(problem, req, words), requestId },
      answer,
    )
  }
  const shown = { code: problem.code, status: problem.status, requestId }
  res.render('errors/problem', { problem: shown }, answer)
}

function sendJson(problem: Problem, req: Request, res: Response) {
  const t = res.locals['t'] as Translate | undefined
  res.type('application/problem+json').send(
    JSON.stringify({
      type: 'about:blank',
      title: t?.(`errors:${problem.code}.title`) ?? problem.code,
      status: problem.status,
      code: problem.code,
      requestId: requestIdOf(req),
    }),
  )
}

function retryAfterSeconds(problem: Problem): number | string | undefined {
  const known = problem.detail?.['retryAfterSeconds']
  if (known !== undefined) return known
  return problem.code === 'unavailable' ? retrySeconds : undefined
}

/** What an error of any origin means to the person who caused or met it. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isOutage(error)) return new Problem('unavailable')
  const { status, type, expose } = (error ?? {}) as Record<string, unknown>
  // Errors of the body parser and of Express itself (a malformed URL) carry a status and may be told.
  if (typeof status === 'number' && status >= 400 && status < 500 && (expose === true || type)) {
    return new Problem(codeOfStatus[status] ?? 'bad_request')
  }
  if (error instanceof URIError) return new Problem('bad_request')
  return new Problem('internal')
}

const codeOfStatus: Record<number, ProblemCode> = {
  403: 'form_expired',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_type',
  429: 'too_many_requests',
}

const networkCodes = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|ENOENT)$/
// Connection exceptions (08), resources and disk (53), operator intervention (57P), system errors (58).
const databaseCodes = /^(08|53|58)[0-9A-Z]{3}$|^57P0[1-5]$/
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|timeout expired)/

/** True for a database that is away, full or restarting: the request may succeed in a moment. */
function isOutage(error: unknown): boolean {
  if (!isNativeError(error)) return false
  const { code, syscall, errors } = error as Error & Record<string, unknown>
  if (error.name === 'KnexTimeoutError' || lostConnection.test(error.message)) return true
  if (Array.isArray(errors) && errors.some(isOutage)) return true
  if (typeof code !== 'string') return false
  return databaseCodes.test(code) || (networkCodes.test(code) && syscall !== 'open')
}
