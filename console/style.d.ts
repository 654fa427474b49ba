/** esbuild puts imported styles into the console's one style sheet. */
declare module "*.css";
