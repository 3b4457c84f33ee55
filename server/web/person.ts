/** What a member of staff may do: administrators run the portal, moderators decide, counsel receives. */
export type Role = 'administrator' | 'moderator' | 'counsel'

/** Who is signed in on the staff surface. Read from the database on every request, so that a change of rights is immediate. */
export interface Person {
  id: string
  role: Role
  /** The law firm of a counsel; null for everyone else. */
  firmId: string | null
  name: string
  /** asks from outside the networks that their firm names */
  outside?: boolean
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- Express and passport are extended this way
  namespace Express {
    // oxlint-disable-next-line typescript/no-empty-object-type -- merges into passport's empty User
    interface User extends Person {}

    interface Request {
      /** Set by `csrf: 'flag'` when the form's token did not fit; the handler gives the form back filled. */
      csrfFailed?: boolean
      /** The declared path of the route that answered, e.g. `/cases/:slug`: what a log may say of a URL. */
      routePattern?: string
    }
  }
}
