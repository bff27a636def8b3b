// What people may change, each with a question that says exactly what will be done.
import { h, toast } from "./dom.js";
import { change, get, links, paths, post } from "./api.js";
import { short } from "./format.js";
import { session, whyNot } from "./session.js";
import { ask, check, choice, field } from "./dialog.js";
import { go } from "./router.js";
import { tag } from "./parts.js";
import { canReturn, meaning } from "./states.js";

/** A button; where it may not be pressed it says why not. */
export function button(text, service, act, { kind = "", key, not = null } = {}) {
  const reason = whyNot(service) ?? not;
  // Not `disabled`: the reason can then be reached by keyboard, and is read out.
  return h("button", {
    type: "button", class: kind, "data-key-action": key, "aria-disabled": reason ? "true" : null, title: reason,
    onclick: () => (reason ? toast(reason, "bad") : act()),
  }, text, reason && h("span", { class: "sr" }, `. Not possible: ${reason}`));
}

const opened = (deployment) => {
  toast(`${deployment.id} is under way.`);
  go(links.deployment(deployment.id));
};

/** What the server says that it would commit. */
function commitPreview(preview) {
  const { commit, source, to, hold, migrations, current } = preview;
  return [
    source && h("p", null, "Commit ", h("code", { class: "mono" }, short(source.commit)), " is built: ", h("q", null, source.subject), ` by ${source.author}.`),
    to && h("p", null, "The image of ", h("code", { class: "mono" }, to.deployment), " comes back; nothing is built. The registry has confirmed ", h("code", { class: "mono wrap" }, to.digest), "."),
    h("p", null, "Then this is committed to ", h("strong", null, commit.repository), ", branch ", h("strong", null, commit.branch), ":"),
    h("pre", { class: "commit" }, h("b", null, commit.subject), `\n${commit.path}`,
      commit.changes.flatMap(({ from, to }) => [from !== null && h("del", null, `\n- newTag: "${from}"`), h("ins", null, `\n+ newTag: "${to}"`)])),
    current && commit.changes.every(({ from, to }) => from === to) && h("p", null, "The file names this tag already: no commit is made."),
    hold === "until-released" && h("p", null, "The service is then on hold until somebody releases it."),
    hold === "until-next-push" && h("p", null, "The service is then on hold until the next push that triggers it."),
    hold === "none" && h("p", null, "No hold: the next push that triggers the service deploys over it."),
    migrations.length > 0 && [
      h("p", { class: "bad-text" }, "Migrations lie in between, and the older image may not run on the newer schema:"),
      h("ul", { class: "files" }, migrations.map((file) => h("li", null, h("code", null, file)))),
    ],
  ];
}

/** To an earlier image: the previous one, or `target`. */
export async function rollBack(service, target = null) {
  const history = await get(paths.serviceDeployments(service.name), { query: { state: ["live", "committed"], limit: 50 } });
  const options = history.items.filter((one) => canReturn(one) && one.id !== service.current?.deployment);
  if (target && !options.some((one) => one.id === target)) options.unshift({ id: target, image: null, source: null });
  const list = h("select", { name: "to" }, h("option", { value: "" }, "the one before, as the history has it"),
    options.map((one) => h("option", { value: one.id, selected: one.id === target },
      [one.id, one.image?.tag, one.source?.subject].filter(Boolean).join(" · "))));
  const body = (values) => ({
    ...(values.to ? { to: values.to } : {}), hold: values.hold, ...(values.acceptMigrations ? { acceptMigrations: true } : {}),
  });
  ask({
    title: `Roll ${service.name} back`, confirm: "Roll back", danger: true,
    intro: service.current && h("p", null, "Deployed now: ", tag(service.current.tag), service.current.source && ` ${service.current.source.subject}`),
    fields: [
      h("label", null, h("span", null, "To"), list),
      choice("hold", "Automatic deployments", [
        ["until-released", "stop until they are released", "what is pushed is built, and waits"],
        ["until-next-push", "stop until the next push that triggers the service"],
        ["none", "go on", "the next push undoes this"],
      ], "until-released"),
      check("acceptMigrations", "Go on although migrations changed in between"),
    ],
    preview: (values, signal) => post(`${paths.service(service.name)}/rollback`, { dryRun: true, ...body(values) }, { signal }),
    say: commitPreview,
    // What is the one before may be another by now.
    run: (values, { to }) => change("POST", `${paths.service(service.name)}/rollback`, { reason: values.reason, ...body(values), to: to.deployment }),
    done: opened,
  });
}

const STRATEGY = { argocd: "Argo CD", kubernetes: "Kubernetes" };

/** Past git, for emergencies: to an id of Argo CD's history, or to a revision. */
export function rollBackDirectly(service, strategy, to) {
  const body = (values) => ({ strategy, to: String(to), hold: values.hold, ...(values.acceptMigrations ? { acceptMigrations: true } : {}) });
  ask({
    title: `Roll ${service.name} back through ${STRATEGY[strategy]}`, confirm: "Roll back past git", danger: true,
    intro: h("p", null, "For emergencies: git goes on naming what it names. Otherwise roll back through git."),
    fields: [
      choice("hold", "Automatic deployments", [
        ["until-released", "stop until they are released"], ["until-next-push", "stop until the next push that triggers the service"], ["none", "go on"],
      ], "until-released"),
      check("acceptMigrations", "Go on although migrations changed in between"),
    ],
    preview: (values, signal) => post(`${paths.service(service.name)}/rollback`, { dryRun: true, ...body(values) }, { signal }),
    say: directPreview,
    run: (values) => change("POST", `${paths.service(service.name)}/rollback`, { reason: values.reason, ...body(values) }),
    done: ({ follow }) => {
      toast(`${service.name} is rolled back past git.`);
      if (follow) rollBack(service, follow.deployment);
    },
  });
}

function directPreview({ steps, follow, warnings, migrations }) {
  return [
    steps.map((step) => h("p", null, h("strong", null, step.place), ` goes ${step.from === null ? "" : `from ${step.from} `}to ${step.to}: `, step.brings.map((one) => h("code", { class: "mono wrap" }, one)))),
    warnings.map((warning) => h("p", { class: "bad-text" }, warning)),
    follow ? h("p", null, "Afterwards it is asked whether git shall follow, to ", h("code", { class: "mono" }, follow.deployment), ".") : h("p", null, "It is no deployment of Slipway's, so git cannot follow by itself."),
    migrations.length > 0 && [
      h("p", { class: "bad-text" }, "Migrations lie in between, and the older image may not run on the newer schema:"),
      h("ul", { class: "files" }, migrations.map((file) => h("li", null, h("code", null, file)))),
    ],
  ];
}

export function deploy(service, reference = "") {
  const body = (values) => ({
    ...(values.ref ? { ref: values.ref } : {}), ...(values.rebuild ? { rebuild: true } : {}),
    ...(values.overrideHold ? { overrideHold: true } : {}), ...(values.offBranch ? { offBranch: true } : {}),
  });
  ask({
    title: `Deploy ${service.name}`, confirm: "Deploy",
    fields: [
      field("ref", "Commit, branch or tag", { placeholder: "the tip of the configured branch", value: reference }),
      check("rebuild", "Build again, under a new tag", "for the commit that is deployed already"),
      ...(service.hold ? [check("overrideHold", "Although the service is on hold", `${service.hold.actor}: ${service.hold.reason}`)] : []),
      ...(session.isAdmin ? [check("offBranch", "Although it is not on the configured branch")] : []),
    ],
    preview: (values, signal) => post(paths.serviceDeployments(service.name), { dryRun: true, ...body(values) }, { signal }),
    say: commitPreview,
    // The branch may have moved on.
    run: (values, { source }) => change("POST", paths.serviceDeployments(service.name), { reason: values.reason, ...body(values), ref: source.commit }),
    done: opened,
  });
}

export function hold(service, done) {
  ask({
    title: `Hold ${service.name}`, confirm: "Hold",
    fields: [choice("until", "Until", [
      ["released", "somebody releases it"], ["next-push", "the next push that triggers it"], ["1h", "in an hour"], ["8h", "in eight hours"],
    ], "released")],
    preview: async () => [
      h("p", null, "Nothing is committed. What is pushed from now on is built and published, and then waits."),
      h("p", null, "What is being committed now still lands. People can deploy by hand in spite of it."),
      service.hold && h("p", null, `This takes the place of the hold of ${service.hold.actor}: ${service.hold.reason}`),
    ],
    run: (values) => change("POST", `${paths.service(service.name)}/hold`, { until: values.until, reason: values.reason }),
    done: (changed) => { toast(`${service.name} is on hold.`); done(changed); },
  });
}

export async function release(service, done) {
  const held = service.held ? await get(paths.deployment(service.held)) : null;
  ask({
    title: `Release ${service.name}`, confirm: "Release", reason: "optional",
    intro: h("p", null, `On hold by ${service.hold.actor}: ${service.hold.reason}`),
    preview: async () => held ? [
      h("p", null, h("code", { class: "mono" }, held.id), " has waited for this. If it is still the newest, this is committed:"),
      h("pre", { class: "commit" }, h("b", null, `chore: update ${service.name} image to ${held.image?.tag ?? "…"}`),
        service.current && h("del", null, `\n- newTag: "${service.current.tag}"`), h("ins", null, `\n+ newTag: "${held.image?.tag ?? "…"}"`)),
      held.source && h("p", null, h("q", null, held.source.subject), ` by ${held.source.author}`),
    ] : [h("p", null, "Nothing waits, so nothing is committed now. The next push that triggers the service is deployed.")],
    run: (values) => change("DELETE", `${paths.service(service.name)}/hold`, values.reason ? { reason: values.reason } : undefined),
    done: (changed) => { toast(`${service.name} is released.`); done(changed); },
  });
}

export function sync(service, done) {
  ask({
    title: `Have Argo CD look at ${service.name}`, confirm: "Look at git now", reason: "optional",
    preview: async () => [
      h("p", null, "Nothing is committed. Argo CD compares the application with git at once."),
      h("p", null, "Where auto-sync is off and something differs, it starts a sync with its hooks."),
    ],
    run: (values) => change("POST", `${paths.service(service.name)}/sync`, values.reason ? { reason: values.reason } : undefined),
    done: (rollout) => { toast("Argo CD has looked."); done(rollout); },
  });
}

export function cancel(deployment) {
  ask({
    title: `Cancel ${deployment.id}`, confirm: "Cancel it", danger: true, reason: "optional",
    preview: async () => [h("p", null, "Nothing is committed for it. If it is being built, its build is ended now."),
      deployment.source && h("p", null, `The service is then behind ${short(deployment.source.commit)} until something newer is deployed.`)],
    run: (values) => change("POST", `${paths.deployment(deployment.id)}/cancel`, values.reason ? { reason: values.reason } : undefined),
    done: () => toast(`${deployment.id} is cancelled.`),
  });
}

export function retry(deployment) {
  const isRollback = deployment.rollbackOf !== null;
  ask({
    title: `Try ${deployment.id} again`, confirm: "Try again", reason: "optional",
    preview: async () => [
      isRollback ? h("p", null, "The rollback is tried again as a rollback.") : h("p", null, "A new deployment of the same source, ", h("code", { class: "mono" }, short(deployment.source?.commit)), ", in the first one's place in the order."),
      h("p", null, "It is committed as:"),
      h("pre", { class: "commit" }, h("b", null, isRollback ? `chore: rollback ${deployment.service} to ${deployment.image?.tag ?? "…"}` : `chore: update ${deployment.service} image to ${deployment.image?.tag ?? short(deployment.source?.commit)}`)),
      h("p", null, "If something newer is deployed by then, it ends as superseded, and nothing is committed."),
    ],
    run: (values) => change("POST", `${paths.deployment(deployment.id)}/retry`, values.reason ? { reason: values.reason } : undefined),
    done: opened,
  });
}

export function sendAgain(notification, done) {
  ask({
    title: `Tell ${notification.target} again`, confirm: "Send again", reason: "optional",
    preview: async () => [
      h("p", null, "Nothing is deployed. ", h("strong", null, notification.target), " is told once more that ", h("code", { class: "mono" }, notification.deployment), ` ${meaning(notification.deploymentState)}, at the address that is configured for it now.`),
      h("p", null, "It gets the event under the same id as before, ", h("code", { class: "mono wrap" }, notification.event), ", by which it can tell a double."),
    ],
    run: (values) => change("POST", `${paths.notification(notification.id)}/redeliver`, values.reason ? { reason: values.reason } : undefined),
    done: (next) => { toast(`${notification.target} is told again.`); done(next); },
  });
}

export function redeliver(delivery) {
  ask({
    title: "Evaluate this delivery again", confirm: "Evaluate again", reason: "optional",
    preview: async () => [
      h("p", null, "It is compared again with the filters that are in force now. Services that it triggers are built, and their tags committed."),
      h("p", null, "Which these would be, the plan above says, without changing anything."),
    ],
    run: (values) => change("POST", `${paths.delivery(delivery.guid)}/redeliver`, values.reason ? { reason: values.reason } : undefined),
    done: () => toast("The delivery waits for its evaluation."),
  });
}
