/** Something wrong in a generated file. */
export type Fault = {
  readonly file: string;
  /** The panel, variable, annotation, rule or field. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
};
