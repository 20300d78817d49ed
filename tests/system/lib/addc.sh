# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A Samba AD domain controller in the world: Kerberos with PACs, referrals, S4U and kpasswd, LDAP, CIFS, winbind. It is
# provisioned once for a build tree (some seconds) and copied from there into each world that wants it.

AD_REALM=AD.CREDMGR.TEST
AD_DOMAIN=ADTEST
AD_DNS=ad.credmgr.test
AD_ADDRESS=127.0.0.20
AD_HOST=dc.$AD_DNS
ADDC=$W/addc

# Accounts of the domain, whose passwords ad_password_of tells. Keytabs are $W/ACCOUNT.keytab, and $W/host.keytab, too.
#   alice bob carla   people; alice is in the group "staff"
#   dora              a person whose account may not be delegated
#   expired           a person whose password must be changed
#   box$              the machine: host/box.credmgr.test, and cifs/ and ldap/ of it
#   sample            the service sample/box.credmgr.test
#   web               web/box.credmgr.test; may delegate to sample/, with protocol transition
#   front             front/box.credmgr.test; may delegate to sample/, tickets of clients only
#   plain             plain/box.credmgr.test; may delegate to nobody
ad_password_of() { echo "Pw-of-$1-in-AD"; }

# world_addc: the domain controller is running. In a world without world_kdc it is the realm of everything: REALM, password_of
# and the keytabs of the service sample/ and of the machine are the domain's.
world_addc() {
    addc_hosts
    if [ -n "${KDC_PID:-}" ]; then
        addc_second_realm
    else
        REALM=$AD_REALM
        password_of() { ad_password_of "$1"; }
        addc_client_configuration
    fi
    addc_files
    if [ -z "${KDC_PID:-}" ]; then
        install -m 600 $ADDC/keytabs/host.keytab /etc/krb5.keytab
    fi
    for keytab in "$ADDC"/keytabs/*.keytab; do
        [ -e "$W/${keytab##*/}" ] || install -m 600 "$keytab" "$W/${keytab##*/}"
    done
    addc_start
}

addc_hosts() {
    grep -q "$AD_HOST" /etc/hosts || echo "$AD_ADDRESS $AD_HOST dc $AD_DNS" >>/etc/hosts
}

addc_client_configuration() {
    cat >/etc/krb5.conf <<END
[libdefaults]
    default_realm = $AD_REALM
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    forwardable = true
[realms]
    $AD_REALM = {
        kdc = $AD_ADDRESS:88
        kpasswd_server = $AD_ADDRESS:464
    }
[domain_realm]
    .$WORLD_DOMAIN = $AD_REALM
    $WORLD_DOMAIN = $AD_REALM
END
}

# Beside the realm of world_kdc.
addc_second_realm() {
    sed -i "/^\[realms\]/a\\
    $AD_REALM = {\\
        kdc = $AD_ADDRESS:88\\
        kpasswd_server = $AD_ADDRESS:464\\
    }
        /^\[domain_realm\]/a\\
    .$AD_DNS = $AD_REALM\\
    $AD_DNS = $AD_REALM" /etc/krb5.conf
}

# $ADDC holds a provisioned domain: this build tree's, made now if it has none.
addc_files() {
    local kept wanted
    wanted=$(cat "$world_source/tests/system/lib/addc.sh" "$world_source/tests/system/lib/addc.py" | cksum | tr -d ' ')-$(/usr/sbin/samba -V | tr -dc '0-9.')
    kept=$BUILD/addc/$wanted
    mkdir -p "$BUILD/addc"
    (
        flock 9
        [ ! -d "$kept" ] || exit 0
        addc_provision >$W/addc-provision.log 2>&1 || exit 1
        rm -rf "$BUILD"/addc/[0-9]* "$BUILD/addc/new"
        cp -a $ADDC "$BUILD/addc/new" && mv "$BUILD/addc/new" "$kept"
    ) 9>"$BUILD/addc/lock" || die "the domain could not be made: $(tail -n 20 $W/addc-provision.log)"
    [ -d $ADDC ] || cp -a "$kept" $ADDC
}

addc_provision() {
    rm -rf $ADDC
    mkdir -p $ADDC/keytabs /var/log/samba
    # Extended attributes are in a file: a file system in memory need not have them.
    samba-tool domain provision --realm=$AD_REALM --domain=$AD_DOMAIN --server-role=dc --dns-backend=NONE \
        --adminpass="$(ad_password_of Administrator)" --targetdir=$ADDC --host-name=dc --host-ip=$AD_ADDRESS \
        --option="posix:eadb = $ADDC/eadb.tdb" || return 1
    cat >$ADDC/etc/smb.conf <<END
[global]
    workgroup = $AD_DOMAIN
    realm = $AD_REALM
    netbios name = DC
    server role = active directory domain controller
    server services = s3fs, rpc, ldap, cldap, kdc, winbindd
    interfaces = $AD_ADDRESS/8
    bind interfaces only = yes
    lock directory = $ADDC
    pid directory = $ADDC
    state directory = $ADDC/state
    cache directory = $ADDC/cache
    private dir = $ADDC/private
    ncalrpc dir = $ADDC/ncalrpc
    ntp signd socket directory = $ADDC/ntp_signd
    nsupdate command = /bin/true
    log file = $ADDC/log
    max log size = 0
    log level = 1
    posix:eadb = $ADDC/eadb.tdb
    tls enabled = no
    load printers = no
    disable spoolss = yes
[sysvol]
    path = $ADDC/state/sysvol
    read only = no
[public]
    path = $ADDC/public
    read only = no
END
    mkdir $ADDC/public && chmod 1777 $ADDC/public
    echo "a file of the domain" >$ADDC/public/file
    python3 "$world_source/tests/system/lib/addc.py" $ADDC $WORLD_HOST
}

addc_start() {
    mkdir -p /var/log/samba /run/samba
    /usr/sbin/samba --interactive --no-process-group --model=single --configfile=$ADDC/etc/smb.conf \
        </dev/null >>$W/addc.log 2>&1 &
    ADDC_PID=$!
    wait_for 30 addc_answers || die "the domain controller does not start: $(tail -n 20 $W/addc.log $ADDC/log)"
}
# It serves Kerberos and LDAP; CIFS and winbind are programs of their own (addc_serves_files).
addc_answers() { ss_listening_at 88 && ss_listening_at 464 && ss_listening_at 389; }
addc_serves_files() { ss_listening_at 445; }
ss_listening_at() { ss -Hltn "src = $AD_ADDRESS and sport = :$1" | grep -q .; }
