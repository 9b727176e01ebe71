/** A `T` that must not be mixed up with another `T`: made in one place, checked by the compiler everywhere else. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name }
