# Makes distributions.json: pip install scipy==1.17.1 mpmath && python distributions.py > distributions.json
import json
from scipy import stats as s, special as sp
import mpmath as mp
mp.mp.dps=50
def nb(k,m,t,kind):
    p=mp.mpf(t)/(mp.mpf(t)+mp.mpf(m)); q=mp.mpf(m)/(mp.mpf(t)+mp.mpf(m))
    if kind=='cdf': return float(mp.betainc(t,k+1,0,p,regularized=True))
    if kind=='sf': return float(mp.betainc(k,t,0,q,regularized=True))
    return float(mp.exp(mp.loggamma(k+t)-mp.loggamma(t)-mp.loggamma(k+1)+t*mp.log(p)+k*mp.log(q)))
def gp(a,x): return float(mp.gammainc(a,0,x,regularized=True))
def gq(a,x): return float(mp.gammainc(a,x,mp.inf,regularized=True))
R={}
R['logGamma']=[[x,float(mp.loggamma(x))] for x in [1e-8,.1,.5,1.5,3.7,14.9,15.1,100,1e5,1e9]]
R['digamma']=[[x,float(mp.digamma(x))] for x in [1e-3,.1,1,2.5,11.9,12.1,1e4]]
R['trigamma']=[[x,float(mp.psi(1,x))] for x in [1e-3,.1,1,2.5,11.9,12.1,1e4]]
R['normalCdf']=[[x,float(mp.ncdf(x))] for x in [-38,-20,-8,-3,-1.2,-.1,0.,.3,1.96,5]]
R['normalQuantile']=[[p,float(mp.findroot(lambda z: mp.log(mp.ncdf(z))-mp.log(mp.mpf(p)), s.norm.ppf(p)))] for p in [1e-300,1e-20,1e-5,.01,.05,.3,.5001,.9,.999]]
R['studentCdf']=[[t,df,float(mp.betainc(mp.mpf(df)/2,mp.mpf(1)/2,0,mp.mpf(df)/(df+mp.mpf(t)**2),regularized=True)/2)] for t,df in [(-1,1),(-40,3),(-2.1,7.5),(-10,30),(-.01,1000),(-1e5,2)]]
R['studentQuantile']=[[p,df,float(s.t.ppf(p,df))] for p,df in [(.001,1),(.05,3.3),(.975,10),(.6,100),(1e-10,5)]]
R['gammaQ']=[[a,x,gp(a,x),gq(a,x)] for a,x in [(.5,.01),(.5,30),(3,1),(3,50),(100,60),(100,180),(10000,9500),(10000,10500)]]
R['betaI']=[[a,b,x,float(mp.betainc(a,b,0,x,regularized=True)),float(mp.betainc(a,b,x,1,regularized=True))] for a,b,x in [(.5,.5,.3),(2,3,.001),(2,3,.97),(50,70,.2),(50,70,.8),(1000,3000,.2),(.1,20,.5),(1e-3,5,.01),(1e4,1e4,.51)]]
R['poissonPmf']=[[k,m,float(mp.exp(-mp.mpf(m)+k*mp.log(mp.mpf(m))-mp.loggamma(k+1)))] for k,m in [(0,3),(5,.01),(3,3),(100,60),(1000,1200),(100000,100500)]]
R['poissonUpper']=[[k,m,gp(k,mp.mpf(m))] for k,m in [(1,.01),(10,.5),(30,5),(100,60),(1000,1200),(200,20)]]
R['poissonQuantile']=[[p,m,float(s.poisson.ppf(p,m))] for p,m in [(.5,.3),(.95,3),(.9999999,3),(.01,100),(.975,12345.6),(1e-9,50)]]
N=[(0,3,.5),(7,.2,1.3),(30,10,2),(500,300,8.6),(12,4,1e6),(4,4,1e13),(3,.001,.01),(9000,8000,500)]
R['nbPmf']=[[k,m,t,nb(k,m,mp.mpf(t),'pmf')] for k,m,t in N]
R['nbCdf']=[[k,m,t,nb(k,m,mp.mpf(t),'cdf')] for k,m,t in N if t<1e9]
R['nbUpper']=[[k,m,t,nb(k,m,mp.mpf(t),'sf')] for k,m,t in N if k>0 and t<1e9]
R['nbQuantile']=[[p,m,t,float(s.nbinom.ppf(p,t,t/(t+m)))] for p,m,t in [(.5,3,.5),(.95,10,2),(.999999,300,8.6),(.05,.2,1.3),(.975,5000,30),(.9,.05,.02)]]
R['betaQuantile']=[[p,a,b,float(s.beta.ppf(p,a,b))] for p,a,b in [(.05,2,3),(.5,.5,.5),(1e-8,4,9),(.975,100,3),(.9,.1,20)]]
R['betaPdf']=[[x,a,b,float(s.beta.pdf(x,a,b))] for x,a,b in [(.3,2,3),(.01,.5,.5),(.9,50,7)]]
print(json.dumps(R))
