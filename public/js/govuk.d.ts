declare module 'govuk-frontend/dist/govuk/components/*' {
  type Component = new (root: Element, config?: Record<string, unknown>) => unknown
  export const Button: Component
  export const CharacterCount: Component
  export const ErrorSummary: Component
  export const SkipLink: Component
}
