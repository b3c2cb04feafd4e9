// The frame around the pages: navigation, shortcuts, whether the node is heard of.
import {useEffect, useState} from 'preact/hooks';
import {Announcer} from './announcer';
import {logOut, token} from './api';
import {Approvals} from './approvals';
import {followApprovals, forMe} from './approvals_live';
import {Audit} from './audit';
import {words} from './format';
import {InDoubt} from './in_doubt';
import {Login} from './login';
import {holdersOf, may} from './me';
import {NodePage} from './node';
import {OverviewPage} from './overview';
import {PartnerPage} from './partner';
import {Partners} from './partners';
import {PaymentPage} from './payment';
import {Payments} from './payments';
import {go, useRoute} from './router';
import {ShortcutHelp, useShortcuts} from './shortcuts';
import {changed, store, useStore} from './store';
import {startStream, stopStream} from './stream';
import {switchTheme, useTheme} from './theme';
import {Empty, Icon, type IconName} from './ui';

interface Place {
  name: string;
  path: string;
  icon: IconName;
  key: string;
  needs?: string; // without the permission it is not offered
}
const places: Place[] = [
  {name: 'Overview', path: '', icon: 'overview', key: 'o'},
  {name: 'Partners', path: 'partners', icon: 'partners', key: 'p'},
  {name: 'Payments', path: 'payments', icon: 'payments', key: 'y'},
  {name: 'In doubt', path: 'in-doubt', icon: 'doubt', key: 'd'},
  {name: 'Approvals', path: 'approvals', icon: 'approvals', key: 'v'},
  {name: 'Node', path: 'node', icon: 'node', key: 'n'},
  {name: 'Audit trail', path: 'audit', icon: 'audit', key: 'a', needs: 'read_trail'},
];

export function App() {
  const {loggedIn} = useStore();
  const [checked, setChecked] = useState(false);
  useEffect(() => {
    // A token of this tab from before it was loaded again.
    store.loggedIn = token.get() !== null;
    setChecked(true);
    changed();
  }, []);
  if (!checked) return null;
  return loggedIn ? <Shell /> : <Login />;
}

function Shell() {
  const {overview, me, approvals} = useStore();
  const route = useRoute();
  const [help, setHelp] = useState(false);
  useEffect(() => {
    startStream();
    const stopApprovals = followApprovals();
    return () => {
      stopApprovals();
      stopStream();
    };
  }, []);
  const all = places.filter(
    ({path, needs}) => (!needs || may(needs)) && (path !== 'approvals' || me?.approvals === 'on' || approvals.length > 0),
  );
  useEffect(() => setHelp(false), [route.text]);
  useShortcuts(all, () => setHelp((shown) => !shown));
  const here = places.find((place) => place.path === (route.path[0] ?? ''));
  useEffect(() => {
    document.title = `${here?.name ?? 'Not found'} · tollgate`;
    window.scrollTo(0, 0);
  }, [here?.name, route.path[1]]);
  const alerts = overview?.alerts.length ?? 0,
    doubts = overview?.in_doubt.payments ?? 0,
    mine = forMe(approvals).length;
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the content
      </a>
      <div class="shell">
        <nav class="side" aria-label="Pages">
          <a class="brand" href="#/" aria-label="tollgate, overview">
            <Logo />
            <span>tollgate</span>
          </a>
          <ul>
            {all.map((place) => (
              <li key={place.path}>
                <a href={`#/${place.path}`} aria-current={place === here ? 'page' : undefined} title={place.name}>
                  <Icon name={place.icon} />
                  <span class="name">{place.name}</span>
                  {place.path === '' && alerts > 0 && (
                    <b class="count bad" aria-label={`${alerts} alerts`}>
                      {alerts}
                    </b>
                  )}
                  {place.path === 'approvals' && approvals.length > 0 && (
                    <b class={`count ${mine > 0 ? 'warn' : ''}`} aria-label={mine > 0 ? `${mine} wait for you` : `${approvals.length} waiting`}>
                      {mine > 0 ? mine : approvals.length}
                    </b>
                  )}
                  {place.path === 'in-doubt' && doubts > 0 && (
                    <b class="count warn" aria-label={`${doubts} in doubt`}>
                      {doubts}
                    </b>
                  )}
                </a>
              </li>
            ))}
          </ul>
          <Foot openHelp={() => setHelp(true)} />
        </nav>
        <main id="main" tabIndex={-1}>
          {pageOf(route.path)}
        </main>
      </div>
      <Announcer page={here?.name ?? 'Not found'} />
      {help && <ShortcutHelp places={all} close={() => setHelp(false)} />}
    </>
  );
}

function pageOf([name = '', id]: string[]) {
  const needs = places.find((place) => place.path === name)?.needs;
  if (needs && store.me === null) return null; // who it is comes in a moment
  if (needs && !may(needs))
    return <Empty title="Your role may not see this">Ask {holdersOf(needs)}.</Empty>;
  if (name === '') return <OverviewPage />;
  if (name === 'partners') return id ? <PartnerPage key={id} id={id} /> : <Partners />;
  if (name === 'payments') return id ? <PaymentPage key={id} id={id} /> : <Payments />;
  if (name === 'in-doubt') return <InDoubt />;
  if (name === 'node') return <NodePage />;
  if (name === 'approvals') return <Approvals />;
  if (name === 'audit') return <Audit />;
  return (
    <Empty title="There is no such page">
      <button type="button" class="button" onClick={() => go('/')}>
        To the overview
      </button>
    </Empty>
  );
}

function Foot({openHelp}: {openHelp: () => void}) {
  const {connection, overview, me} = useStore();
  const theme = useTheme();
  const said = connection === 'live' ? (overview?.ready ? 'Live' : 'Not ready') : connection === 'lost' ? 'Connection lost' : 'Connecting';
  const tone = connection === 'live' ? (overview?.ready ? 'good' : 'warn') : connection === 'lost' ? 'bad' : 'plain';
  return (
    <div class="foot">
      <p class={`pulse ${tone}`} role="status">
        <i aria-hidden="true" />
        {said}
        {overview && <small>{overview.node.version}</small>}
      </p>
      {me && (
        <p class="who" title={me.bootstrap ? 'The bootstrap token opens the admin API as a security officer' : undefined}>
          <b>{me.user}</b> <small>{words(me.role)}</small>
        </p>
      )}
      <div class="tools">
        <button
          type="button"
          onClick={switchTheme}
          aria-label={`Switch to ${theme === 'dark' ? 'light' : 'dark'}`}
          title="Light or dark (t)"
        >
          <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button type="button" onClick={openHelp} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">
          <Icon name="keyboard" />
        </button>
        <button type="button" onClick={() => logOut()} aria-label="Log out" title="Log out">
          <Icon name="leave" />
        </button>
      </div>
    </div>
  );
}

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect class="ground" width="32" height="32" rx="8" />
    <path class="posts" d="M8 23V9h3.200v14zM20.800 23V9H24v14z" />
    <path class="gate" d="M11 13.400h10v2.600H11z" />
  </svg>
);
