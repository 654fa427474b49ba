/** The page as a Mustache template. No inline script or style: the Content-Security-Policy forbids them. */
export const PAGE_HTML = /* html */ `<!doctype html>
<html lang="{{language}}" dir="{{direction}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
{{#forward}}<meta http-equiv="refresh" content="{{seconds}};url={{url}}">
{{/forward}}<title>{{title}}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%230a5bd3' d='M7 10V7a5 5 0 0 1 10 0v3h1a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zm2 0h6V7a3 3 0 0 0-6 0z'/%3E%3C/svg%3E">
<link rel="stylesheet" href="{{stylesheet}}">
{{#live}}
<script src="{{stripeJs}}" defer></script>
<script src="{{script}}" defer></script>
{{/live}}
</head>
<body>
<main class="card" data-state="{{state}}">
{{#businessName}}<p class="business">{{businessName}}</p>{{/businessName}}
{{#summary}}
<header class="summary">
{{#testMode}}<p class="test-mode">{{text}}</p>{{/testMode}}
{{#label}}<p class="label" data-paid="{{paid}}">{{text}}</p>{{/label}}
{{#amount}}<p class="amount">{{text}} <span class="currency">{{currency}}</span></p>{{/amount}}
{{#purpose}}<p class="purpose">{{purpose}}</p>{{/purpose}}
{{#description}}<p class="description">{{description}}</p>{{/description}}
{{#hasRows}}<dl class="details">
{{#rows}}<div><dt>{{label}}</dt><dd>{{value}}</dd></div>
{{/rows}}</dl>{{/hasRows}}
</header>
{{/summary}}
{{#live}}
<form id="pay" data-client-secret="{{clientSecret}}" data-publishable-key="{{publishableKey}}" data-title="{{formTitle}}" data-locale="{{stripeLocale}}" data-texts="{{scriptTexts}}"{{#forwardSeconds}} data-forward-seconds="{{forwardSeconds}}"{{/forwardSeconds}} novalidate{{#hidden}} hidden{{/hidden}}>
<h1>{{heading}}</h1>
<noscript><p class="error">{{needsScript}}</p></noscript>
{{#lead}}<p class="lead">{{lead}}</p>{{/lead}}
<p id="loading" class="loading">{{loading}}</p>
<div id="payment-element"></div>
<div id="error" class="error" role="alert" aria-live="assertive"></div>
<button type="submit" disabled>{{button}}</button>
{{#back}}<p class="back"><a href="{{url}}" rel="noreferrer">{{goBack}}</a></p>{{/back}}
</form>
{{/live}}
{{#outcomes}}
<section class="outcome" data-outcome="{{name}}" data-title="{{title}}"{{#hidden}} hidden{{/hidden}}>
{{#done}}<svg class="sign done" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M15 24.5l6.5 6.5L34 18"/></svg>{{/done}}
{{#waiting}}<svg class="sign waiting" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M24 13v12l8 5"/></svg>{{/waiting}}
{{#notice}}<svg class="sign notice" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M24 14v13M24 33.5v.5"/></svg>{{/notice}}
<h1 tabindex="-1">{{heading}}</h1>
{{#message}}<p>{{message}}</p>{{/message}}
{{#closing}}<p>{{closing}}</p>{{/closing}}
{{#renewal}}<p class="renewal">{{renewal}}</p>{{/renewal}}
{{#step}}
{{#hasDetails}}<dl class="details">
{{#details}}<div><dt>{{label}}</dt><dd>{{value}}</dd></div>
{{/details}}</dl>{{/hasDetails}}
{{#expires}}<p class="deadline">{{expires}}</p>{{/expires}}
{{#link}}<p><a class="next" href="{{url}}" rel="noreferrer">{{label}}</a></p>{{/link}}
{{/step}}
{{#otherWay}}<button type="button" id="other-way" class="quiet">{{otherWay}}</button>{{/otherWay}}
{{#forwarding}}<p class="forwarding"{{#hidden}} hidden{{/hidden}}>{{text}}</p>{{/forwarding}}
{{#back}}<p class="back"><a class="return{{#isMain}} next{{/isMain}}" href="{{url}}" rel="noreferrer">{{label}}</a></p>{{/back}}
{{#retry}}<p><a class="retry" href="">{{retry}}</a></p>{{/retry}}
</section>
{{/outcomes}}
<footer>
{{#live}}<p class="promise"><svg class="lock" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10V7a5 5 0 0 1 10 0v3h1a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zm2 0h6V7a3 3 0 0 0-6 0z"/></svg>{{promise}}</p>{{/live}}
{{#support}}<p class="support">{{before}}<a href="mailto:{{email}}">{{email}}</a>{{after}}</p>{{/support}}
{{#reference}}<p class="reference">{{label}} <code>{{id}}</code></p>{{/reference}}
</footer>
</main>
</body>
</html>
`;
