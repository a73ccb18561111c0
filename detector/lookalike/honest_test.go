package lookalike

import (
	"strings"
	"testing"
)

// honest are well-known domains of businesses, media, universities and projects, many with a brand's name inside or a
// letter away from one.
const honest = `
wikipedia.org reddit.com bing.com pinterest.com quora.com stackoverflow.com stackexchange.com bbc.co.uk bbc.com cnn.com nytimes.com
theguardian.com washingtonpost.com forbes.com bloomberg.com reuters.com wsj.com ft.com economist.com cnbc.com foxnews.com nbcnews.com
npr.org time.com wired.com theverge.com techcrunch.com arstechnica.com engadget.com mashable.com gizmodo.com cnet.com zdnet.com
imdb.com rottentomatoes.com soundcloud.com vimeo.com dailymotion.com flickr.com imgur.com giphy.com tumblr.com medium.com
archive.org gutenberg.org mozilla.org apache.org debian.org ubuntu.com redhat.com fedoraproject.org archlinux.org kernel.org gnu.org
python.org golang.org go.dev rust-lang.org ruby-lang.org php.net nodejs.org reactjs.org vuejs.org angular.io jquery.com
mit.edu stanford.edu harvard.edu berkeley.edu ox.ac.uk cam.ac.uk u-tokyo.ac.jp kyoto-u.ac.jp keio.ac.jp waseda.jp ethz.ch
nasa.gov noaa.gov nih.gov cdc.gov whitehouse.gov europa.eu un.org who.int worldbank.org imf.org oecd.org
nature.com sciencemag.org sciencedirect.com springer.com wiley.com elsevier.com ieee.org acm.org arxiv.org jstor.org
webmd.com mayoclinic.org healthline.com weather.com accuweather.com timeanddate.com nationalgeographic.com britannica.com
dictionary.com thesaurus.com merriam-webster.com duolingo.com coursera.org edx.org udemy.com khanacademy.org
craigslist.org zillow.com realtor.com redfin.com trulia.com tripadvisor.com kayak.com skyscanner.net hotels.com trivago.com
marriott.com hilton.com hyatt.com delta.com united.com aa.com southwest.com lufthansa.com airfrance.fr klm.com emirates.com
ford.com gm.com honda.com nissan.co.jp bmw.com mercedes-benz.com volkswagen.de volvo.com ferrari.com mazda.co.jp subaru.jp
intel.com amd.com nvidia.com arm.com qualcomm.com dell.com hp.com lenovo.com asus.com acer.com lg.com panasonic.com
canon.jp nikon.com fujitsu.com hitachi.co.jp toshiba.co.jp nec.com sharp.co.jp ricoh.co.jp epson.jp casio.com brother.co.jp
nikkei.com asahi.com yomiuri.co.jp mainichi.jp sankei.com jiji.com kyodonews.jp itmedia.co.jp impress.co.jp ascii.jp
cookpad.com kakaku.com goo.ne.jp livedoor.com excite.co.jp pixiv.net nicovideo.jp abema.tv gyao.jp suumo.jp homes.co.jp
pineapple.com snapple.com grapple.com purchase.com chasebrexton.org slackware.com slackline.com zoominfo.com zoomin.com
airline.com airlines.org onlinelibrary.com deadline.com lineage.com linear.app outline.com pipeline.com headline.com
targeting.com marketwatch.com squareenix.com square-enix.com stripes.com waterstones.com orangecounty.gov orangetheory.com
boxing.com boxer.com mailbox.com inbox.com xbox360.net firefox.com mozilla.com operamini.com opera.com brave.com vivaldi.com
applebees.com appleseed.com applegate.com appleton.com metacritic.com metalsucks.net metabase.com metallica.com
phantomopera.com exodusbooks.com trustpilot.com trusted.com trustarc.com safeway.com safehaven.org safelite.com
ledgerdomain.com coindrop.com coinstar.com coins.ph coinjar.com bitcointalk.org bitnami.com bitdegree.org bitrix24.com bitwig.com
financialtimes.com finance.co.jp refinance.com financer.com binary.com bananarepublic.com balance.com
discoverychannel.com discovery.com rediscover.org signalvnoise.com signals.com polygon.com solanabeach.com cosmosmagazine.com
amazonia.org amazonwatch.org goodgoogle.blog googoodolls.com yahooligans.example paypalace.example
microcenter.com micron.com microstrategy.com microchip.com microfocus.com
netgear.com netapp.com netscout.com netcraft.com nettix.fi newflix.example
adobebuilding.example adobo.com dropcam.com dropship.com box.org docuware.com slacking.example
citizen.com citibike.example citizenlab.ca fedora.info fedex-cup.example upstart.com upsell.example dhlawfirm.example
jalopnik.com janes.com ananas.example banana.example sofa.org banks.example ebaynes.example
mizunoshop.example rakutabi.example sumitomo.com mitsui.com mitsubishi.com marubeni.com itochu.co.jp sojitz.com
tokyo-np.co.jp hokkaido.jp osaka.lg.jp city.yokohama.lg.jp pref.aichi.jp metro.tokyo.jp kantei.go.jp mod.go.jp
`

func TestHonestNamesAreNotLookalikes(t *testing.T) {
	x := prepared(t)
	names, hits := strings.Fields(honest), 0
	for _, name := range names {
		for _, m := range observe(t, x, name) {
			if !m.Common {
				hits++
				t.Logf("%s: %s of %s (%q)", name, m.How, m.Of, m.Part)
			}
		}
	}
	if len(names) < 300 {
		t.Fatalf("%d names, want 300", len(names))
	}
	if hits*100 > len(names) {
		t.Errorf("%d of %d honest names resemble a brand, want 1 %% at most", hits, len(names))
	}
}
